//! How language models begin when they do not translate: they refuse, speak of themselves, or announce what they are
//! about to do (fault matrix, D21). Its own file because this is a list of sayings, and grows with what models say.

/// Beginnings in small letters with straight apostrophes, in the languages that models fall into.
const BEGINNINGS: &[&str] = &[
    "i'm sorry, but i can't assist",
    "i'm sorry, but i cannot assist",
    "i'm sorry, but i can't help",
    "i'm sorry, but i cannot help",
    "i'm sorry, i can't assist",
    "i'm sorry, i can't help with",
    "sorry, but i can't assist",
    "sorry, but i can't help with",
    "i can't assist with",
    "i cannot assist with",
    "i can't help with that",
    "i cannot help with that",
    "i can't translate",
    "i cannot translate",
    "i'm unable to translate",
    "i am unable to translate",
    "as an ai ",
    "as an ai,",
    "as a language model",
    "as a large language model",
    "i'm an ai ",
    "i am an ai ",
    "here is the translation",
    "here's the translation",
    "sure, here is the",
    "sure, here's the",
    "sure! here is the",
    "sure! here's the",
    "the translation is",
    "the translation of",
    "please provide the text",
    "there is no text to",
    "как языковая модель",
    "как искусственный интеллект",
    "я языковая модель",
    "я не могу помочь с",
    "я не могу перевести",
    "извините, но я не могу помочь",
    "извините, я не могу помочь",
    "к сожалению, я не могу помочь",
    "к сожалению, я не могу перевести",
    "вот перевод",
    "пожалуйста, предоставьте текст",
    "como modelo de lenguaje",
    "lo siento, pero no puedo ayudar",
    "aquí está la traducción",
    "en tant que modèle de langage",
    "en tant qu'ia",
    "désolé, mais je ne peux pas vous aider",
    "voici la traduction",
    "als ki-modell",
    "als sprachmodell",
    "es tut mir leid, aber ich kann dabei nicht helfen",
    "hier ist die übersetzung",
];

/// Whoever speaks of one of these may well be translated into such a beginning.
const TOPICS: &[&str] = &[
    "translat",
    "help",
    "assist",
    "language",
    "text",
    "sorry",
    " ai",
    "перев",
    "помо",
    "помощ",
    "язык",
    "интеллект",
    "текст",
    "извин",
    "сожал",
    "tradu",
    "ayud",
    "texto",
    "lengua",
    "lo siento",
    "aid",
    "désol",
    "modèle",
    "texte",
    "überset",
    "helf",
    "hilf",
    "sprach",
    "leid",
    "翻译",
    "帮",
    "抱歉",
    "对不起",
];

/// What the beginning of a translation is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Beginning {
    /// A translation, as far as anybody can tell.
    Fair,
    /// It may become a refusal with its next letters.
    Open,
    /// None.
    Refusing,
}

/// Judges how a translation of `said` begins with `so_far`.
pub(crate) fn judged(said: &str, so_far: &str) -> Beginning {
    let plain = plain(so_far);
    let of_it = BEGINNINGS.iter().any(|beginning| plain.starts_with(beginning));
    let could = || BEGINNINGS.iter().any(|beginning| beginning.starts_with(&plain));
    let speaks_of_it = || {
        let said = self::plain(said);
        TOPICS.iter().any(|topic| said.contains(topic))
    };
    match () {
        () if of_it && !speaks_of_it() => Beginning::Refusing,
        () if !of_it && could() && !speaks_of_it() => Beginning::Open,
        () => Beginning::Fair,
    }
}

fn plain(text: &str) -> String {
    text.trim_start_matches(['"', '«', '“', '*', ' ', '\n']).to_lowercase().replace('’', "'")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refusals_are_seen_as_soon_as_they_are_some() {
        let said = "Как пройти к вокзалу?";
        for (so_far, is) in [
            ("I", Beginning::Open),
            ("I’m sorry, but I can", Beginning::Open),
            ("I’m sorry, but I can’t assist with that.", Beginning::Refusing),
            ("I'm sorry, but I am late", Beginning::Fair),
            ("How", Beginning::Fair),
            ("**Here is the translation:**", Beginning::Refusing),
            ("", Beginning::Open),
        ] {
            assert_eq!(judged(said, so_far), is, "{so_far}");
        }
    }

    #[test]
    fn who_says_such_a_thing_is_translated() {
        assert_eq!(judged("Я не могу с этим помочь.", "I can't help with that."), Beginning::Fair);
        assert_eq!(judged("The translation is wrong.", "Перевод неверен."), Beginning::Fair);
        assert_eq!(judged("Перевод неверен.", "The translation is wrong."), Beginning::Fair);
    }

    #[test]
    fn beginnings_are_written_as_they_are_compared() {
        for beginning in BEGINNINGS.iter().chain(TOPICS) {
            assert_eq!(*beginning, beginning.to_lowercase().replace('’', "'"));
        }
    }
}

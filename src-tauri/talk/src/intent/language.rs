//! Names of languages: as heard in commands, and as said in answers.

use super::token::Cursor;

/// A language and its names.
pub(super) struct Name {
    pub(super) tag: &'static str,
    /// "into Spanish".
    english: &'static str,
    /// "на испанский".
    russian: &'static str,
    /// Every word it is known by: after "into", "на", "по-", "на .. языке".
    pub(super) heard: &'static str,
}

const fn name(tag: &'static str, english: &'static str, russian: &'static str, heard: &'static str) -> Name {
    Name { tag, english, russian, heard }
}

#[rustfmt::skip]
pub(super) const NAMES: &[Name] = &[
    name("en", "English", "английский", "english английский английском английски"),
    name("ru", "Russian", "русский", "russian русский русском русски"),
    name("es", "Spanish", "испанский", "spanish испанский испанском испански"),
    name("fr", "French", "французский", "french французский французском французски"),
    name("de", "German", "немецкий", "german немецкий немецком немецки"),
    name("it", "Italian", "итальянский", "italian итальянский итальянском итальянски"),
    name("pt", "Portuguese", "португальский", "portuguese португальский португальском португальски"),
    name("ca", "Catalan", "каталанский", "catalan каталанский каталанском каталански"),
    name("nl", "Dutch", "нидерландский", "dutch нидерландский нидерландском нидерландски голландский голландском голландски"),
    name("sv", "Swedish", "шведский", "swedish шведский шведском шведски"),
    name("da", "Danish", "датский", "danish датский датском датски"),
    name("no", "Norwegian", "норвежский", "norwegian норвежский норвежском норвежски"),
    name("fi", "Finnish", "финский", "finnish финский финском фински"),
    name("pl", "Polish", "польский", "polish польский польском польски"),
    name("cs", "Czech", "чешский", "czech чешский чешском чешски"),
    name("uk", "Ukrainian", "украинский", "ukrainian украинский украинском украински"),
    name("ro", "Romanian", "румынский", "romanian румынский румынском румынски"),
    name("hu", "Hungarian", "венгерский", "hungarian венгерский венгерском венгерски"),
    name("el", "Greek", "греческий", "greek греческий греческом гречески"),
    name("tr", "Turkish", "турецкий", "turkish турецкий турецком турецки"),
    name("ar", "Arabic", "арабский", "arabic арабский арабском арабски"),
    name("he", "Hebrew", "иврит", "hebrew иврит иврите"),
    name("hi", "Hindi", "хинди", "hindi хинди"),
    name("zh", "Chinese", "китайский", "chinese mandarin китайский китайском китайски"),
    name("ja", "Japanese", "японский", "japanese японский японском японски"),
    name("ko", "Korean", "корейский", "korean корейский корейском корейски"),
    name("vi", "Vietnamese", "вьетнамский", "vietnamese вьетнамский вьетнамском вьетнамски"),
    name("eo", "Esperanto", "эсперанто", "esperanto эсперанто"),
];

/// The tag of the language that is named next.
pub(super) fn tag(cursor: &mut Cursor<'_>) -> Option<&'static str> {
    let tag = cursor.peek_word()?.language?;
    cursor.advance();
    Some(tag)
}

/// What to call it, in Russian or in English; its tag if that is all there is.
pub(super) fn called(tag: &str, russian: bool) -> &str {
    let name = NAMES.iter().find(|name| name.tag == tag);
    name.map_or(tag, |name| if russian { name.russian } else { name.english })
}

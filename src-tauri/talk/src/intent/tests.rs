//! What is understood, what is not, and what is answered.

use super::{Intent::*, *};
use jiff::civil::{DateTime, date};
use proptest::prelude::*;

fn en() -> Language {
    Language::new("en")
}

fn ru() -> Language {
    Language::new("ru")
}

fn noon() -> DateTime {
    date(2025, 11, 21).at(15, 5, 0, 0)
}

/// The answer to `text`, or "-" if it is not understood.
fn reply(text: &str, language: &Language) -> String {
    understand(text, language).map_or_else(|| "-".to_owned(), |intent| answer(&intent, language, &noon()))
}

#[track_caller]
fn all_mean(intent: Intent, language: &Language, texts: &[&str]) {
    for text in texts {
        assert_eq!(understand(text, language).as_ref(), Some(&intent), "{text}");
    }
}

#[track_caller]
fn replies(language: &Language, cases: &[(&str, &str)]) {
    for (text, said) in cases {
        assert_eq!(reply(text, language), *said, "{text}");
    }
}

fn minutes(count: u64) -> Intent {
    Timer(Duration::from_secs(count * 60))
}

#[test]
fn english_commands() {
    all_mean(
        Time,
        &en(),
        &[
            "what time is it",
            "What time is it?",
            "whats the time",
            "What’s the time, please?",
            "wilco, what time is it now",
        ],
    );
    all_mean(
        Time,
        &en(),
        &["could you tell me what time it is", "TELL ME THE TIME", "time", "hey wilco what is the time"],
    );
    all_mean(
        Date,
        &en(),
        &["what's the date today?", "what day is it", "what's today's date", "what day of the week is it"],
    );
    all_mean(
        Repeat,
        &en(),
        &["say that again", "repeat that", "Repeat, please.", "could you repeat that", "what did you say?"],
    );
    all_mean(
        Stop,
        &en(),
        &["stop", "Stop!", "please stop", "stop talking", "never mind", "shut up", "stop it now please"],
    );
    all_mean(Help, &en(), &["help", "What can you do?", "can you help me", "what can i say"]);
    all_mean(Louder, &en(), &["louder", "turn it up", "speak up please", "volume up", "turn the volume up"]);
    all_mean(Quieter, &en(), &["quieter", "speak more quietly", "turn down the volume", "not so loud"]);
    all_mean(Faster, &en(), &["faster", "speak faster", "speed up"]);
    all_mean(Slower, &en(), &["slower", "slow down", "could you speak more slowly please"]);
    all_mean(
        Volume(50),
        &en(),
        &["volume 50", "set the volume to fifty percent", "Volume at 50%", "turn the volume to fifty"],
    );
    all_mean(Volume(100), &en(), &["volume 300", "full volume", "set volume to one hundred percent"]);
    all_mean(Volume(0), &en(), &["mute", "volume zero"]);
    all_mean(CancelTimer, &en(), &["cancel the timer", "stop the timer", "delete all timers", "cancel timer"]);
}

#[test]
fn russian_commands() {
    all_mean(
        Time,
        &ru(),
        &["Который час?", "сколько времени", "скажи, пожалуйста, который час", "сколько сейчас времени"],
    );
    all_mean(Date, &ru(), &["какое сегодня число?", "Какой сегодня день недели", "какая сегодня дата"]);
    all_mean(Repeat, &ru(), &["повтори", "Повтори, пожалуйста!", "скажи ещё раз", "еще раз", "повтори ещё раз"]);
    all_mean(Stop, &ru(), &["стоп", "хватит", "замолчи", "отмена"]);
    all_mean(Help, &ru(), &["помощь", "что ты умеешь?", "помоги мне"]);
    all_mean(Louder, &ru(), &["громче", "говори погромче", "прибавь громкость"]);
    all_mean(Quieter, &ru(), &["тише", "чуть потише", "убавь звук"]);
    all_mean(Volume(50), &ru(), &["громкость 50", "поставь громкость на пятьдесят процентов", "громкость 50 %"]);
    all_mean(Faster, &ru(), &["быстрее", "говори быстрее"]);
    all_mean(Slower, &ru(), &["медленнее", "говори помедленнее, пожалуйста"]);
    all_mean(CancelTimer, &ru(), &["отмени таймер", "убери все таймеры"]);
}

#[test]
fn modes_and_languages() {
    all_mean(Switch(Mode::Translate), &en(), &["switch to translate mode", "translation mode", "start translating"]);
    all_mean(Switch(Mode::Chat), &en(), &["chat mode", "go back to chat mode", "stop translating", "switch to chat"]);
    all_mean(Switch(Mode::Echo), &en(), &["echo mode", "repeat after me"]);
    all_mean(Switch(Mode::Translate), &ru(), &["режим перевода", "переключись на перевод", "включи режим перевода"]);
    all_mean(Switch(Mode::Chat), &ru(), &["режим чата", "давай поговорим"]);
    all_mean(Switch(Mode::Echo), &ru(), &["включи эхо", "повторяй за мной"]);
    all_mean(
        Into(Language::new("es")),
        &en(),
        &["translate into spanish", "Translate to Spanish, please", "switch to Spanish"],
    );
    all_mean(
        Into(Language::new("en")),
        &ru(),
        &["переводи на английский", "переведи на английский язык", "переводи по-английски"],
    );
    for name in language::NAMES {
        let to = Language::new(name.tag);
        for (own, start) in [(en(), "translate into"), (ru(), "переводи на")] {
            let called = language::called(name.tag, own == ru());
            assert_eq!(understand(&format!("{start} {called}"), &own), Some(Into(to.clone())), "{called}");
            assert!(answer(&Into(to.clone()), &own, &noon()).contains(called));
        }
    }
}

#[test]
fn only_whole_commands() {
    for text in [
        "",
        " ",
        "?",
        "please",
        "wilco",
        "the time of the year is spring",
        "what time is it in Tokyo",
        "stop the car",
        "help me write a letter",
        "he said stop",
        "stop stop the music",
        "what can you do about it",
        "set a timer",
        "set a timer for",
        "set a timer for five",
        "set a timer for five minutes and call mom",
        "set a timer for five miles",
        "translate into klingon",
        "translate this book into spanish",
        "what is five",
        "what is love",
        "42",
        "five",
        "five six plus one",
        "2 +",
        "(2 + 3",
        "2 + 2 = 4",
        "5 miles",
        "how many feet",
        "007 + 1",
        "2026-11-21",
        "21/11/2026",
        "1.2.3 + 1",
        "volume",
        "🛑",
        "repeat after me the oath of office",
    ] {
        assert_eq!(understand(text, &en()), None, "{text}");
    }
    for text in
        ["время года весна", "который час в токио", "сколько будет", "поставь таймер", "два", "помоги написать письмо"]
    {
        assert_eq!(understand(text, &ru()), None, "{text}");
    }
}

#[test]
fn languages_are_told_apart_by_their_letters() {
    assert_eq!(understand("стоп", &en()), Some(Stop));
    assert_eq!(understand("stop", &ru()), Some(Stop));
    assert_eq!(understand("stop", &Language::new("es")), None);
}

#[test]
fn english_sums() {
    replies(
        &en(),
        &[
            ("what is twelve plus thirty", "That's 42."),
            ("What's 12 + 30?", "That's 42."),
            ("15% of 80", "That's 12."),
            ("fifteen percent of eighty", "That's 12."),
            ("7 times 8", "That's 56."),
            ("7x8", "That's 56."),
            ("2+2=", "That's 4."),
            ("2 plus 3 times 4", "That's 14."),
            ("(2+3)*4", "That's 20."),
            ("2^3^2", "That's 512."),
            ("-2^2", "That's minus 4."),
            ("10 - 4 - 3", "That's 3."),
            ("minus five plus two", "That's minus 3."),
            ("80 + 10%", "That's 88."),
            ("0.1 + 0.2", "That's 0.3."),
            (".5 * 4", "That's 2."),
            ("2,5 * 4", "That's 10."),
            ("1,000 + 1", "That's 1001."),
            ("1,234,567.5 * 2", "That's 2469135."),
            ("10 / 3", "That's about 3.33."),
            ("1/300", "That's about 0.00333."),
            ("5 squared", "That's 25."),
            ("two to the power of ten", "That's 1024."),
            ("what is the square root of 81", "That's 9."),
            ("half of thirty", "That's 15."),
            ("two thirds of ninety", "That's 60."),
            ("two and a half times four", "That's 10."),
            ("three point one four times two", "That's 6.28."),
            ("point five plus point two five", "That's 0.75."),
            ("one hundred and five plus one", "That's 106."),
            ("two thousand three hundred forty-five plus zero", "That's 2345."),
            ("one million minus one", "That's 999999."),
            ("2 million / 4", "That's 500000."),
            ("how much is 3 hundred plus 2", "That's 302."),
            ("0 * -1", "That's 0."),
            ("5 divided by 0", "Nothing can be divided by zero."),
            ("0/0", "Nothing can be divided by zero."),
            ("0 ^ -1", "Nothing can be divided by zero."),
            ("9^9^9^9", "That number is too large for me."),
            ("√-4", "There is no such number."),
            ("10^18", "That's 1 times 10 to the power of 18."),
            ("1 / 10^8", "That's 1 times 10 to the power of minus 8."),
        ],
    );
}

#[test]
fn russian_sums() {
    replies(
        &ru(),
        &[
            ("сколько будет 2 плюс 2", "Будет 4."),
            ("Сколько будет два плюс два?", "Будет 4."),
            ("2,5 * 4", "Будет 10."),
            ("1 000 + 1", "Будет 1001."),
            ("1,5 + 1", "Будет 2,5."),
            ("двадцать пять умножить на четыре", "Будет 100."),
            ("сто двадцать пять разделить на пять", "Будет 25."),
            ("две тысячи пятьсот минус триста один", "Будет 2199."),
            ("15 процентов от 80", "Будет 12."),
            ("половина от тридцати", "Будет 15."),
            ("две целых пять десятых умножить на два", "Будет 5."),
            ("пять с половиной плюс один", "Будет 6,5."),
            ("полтора плюс один", "Будет 2,5."),
            ("корень из 81", "Будет 9."),
            ("пять в квадрате", "Будет 25."),
            ("10 : 2", "-"),
            ("10 / 3", "Будет примерно 3,33."),
            ("5 разделить на ноль", "На ноль делить нельзя."),
            ("два минус пять", "Будет минус 3."),
        ],
    );
}

#[test]
fn conversions() {
    replies(
        &en(),
        &[
            ("how many feet in ten metres", "10 meters is about 32.81 feet."),
            ("how many feet are there in a mile", "1 mile is 5280 feet."),
            ("convert 5 miles to kilometres", "5 miles is about 8.05 kilometers."),
            ("5km in miles", "5 kilometers is about 3.11 miles."),
            ("72 fahrenheit in celsius", "72 degrees Fahrenheit is about 22.22 degrees Celsius."),
            ("72°F to C", "72 degrees Fahrenheit is about 22.22 degrees Celsius."),
            (
                "what is minus forty degrees celsius in fahrenheit",
                "Minus 40 degrees Celsius is minus 40 degrees Fahrenheit.",
            ),
            ("0 c to f", "0 degrees Celsius is 32 degrees Fahrenheit."),
            ("six feet two inches in centimeters", "6.17 feet is 187.96 centimeters."),
            ("half a pound in grams", "0.5 pounds is about 226.8 grams."),
            ("how many minutes in two hours", "2 hours is 120 minutes."),
            ("how many seconds are in an hour and a half", "1.5 hours is 5400 seconds."),
            ("a gallon in liters", "1 gallon is about 3.79 liters."),
            ("10 in to cm", "10 inches is 25.4 centimeters."),
            ("5 miles in kilograms", "Miles cannot be turned into kilograms."),
            ("how many days in a week", "1 week is 7 days."),
        ],
    );
    replies(
        &ru(),
        &[
            ("сколько метров в миле", "1 миля — это примерно 1609,34 метра."),
            ("10 метров в футах", "10 метров — это примерно 32,81 фута."),
            ("переведи 5 миль в километры", "5 миль — это примерно 8,05 километра."),
            ("сколько будет двадцать один метр в сантиметрах", "21 метр — это 2100 сантиметров."),
            ("сколько минут в двух часах", "2 часа — это 120 минут."),
            (
                "72 градуса по Фаренгейту в градусах Цельсия",
                "72 градуса Фаренгейта — это примерно 22,22 градуса Цельсия.",
            ),
            ("5 миль в килограммы", "Это разные величины, одну в другую не перевести."),
        ],
    );
}

#[test]
fn timers() {
    all_mean(
        minutes(5),
        &en(),
        &["set a timer for five minutes", "timer 5 min", "5-minute timer", "please set a five minute timer"],
    );
    all_mean(minutes(5), &en(), &["timer 5m", "remind me in 5 minutes", "start a timer for 300 seconds"]);
    all_mean(
        Timer(Duration::from_secs(30)),
        &en(),
        &["timer 30 seconds", "set a timer for half a minute", "timer 30s"],
    );
    all_mean(
        minutes(90),
        &en(),
        &["set a timer for an hour and a half", "timer for one hour thirty minutes", "timer 1h 30m"],
    );
    all_mean(
        minutes(90),
        &en(),
        &["set a timer for one and a half hours", "timer for 1 hour and 30 minutes", "1.5 hour timer"],
    );
    all_mean(minutes(30), &en(), &["set a timer for half an hour", "wake me in half an hour"]);
    all_mean(
        TimerOutOfRange,
        &en(),
        &["set a timer for 25 hours", "timer 0 seconds", "set a timer for half a second", "timer 2 weeks"],
    );
    all_mean(minutes(24 * 60), &en(), &["set a timer for 24 hours", "timer 1 day"]);

    all_mean(Timer(Duration::from_secs(90)), &ru(), &["поставь таймер на полторы минуты", "таймер 1 минута 30 секунд"]);
    all_mean(minutes(60), &ru(), &["через час", "поставь таймер на час", "таймер 1 ч", "напомни мне через час"]);
    all_mean(
        minutes(5),
        &ru(),
        &["поставь, пожалуйста, таймер на пять минут", "засеки 5 минут", "таймер 5 мин", "таймер 5 м"],
    );
    all_mean(minutes(30), &ru(), &["таймер на полчаса", "напомни через полчаса"]);
    all_mean(
        minutes(90),
        &ru(),
        &["таймер на полтора часа", "таймер на час с половиной", "таймер на час тридцать минут"],
    );
    all_mean(minutes(1), &ru(), &["засеки минуту", "таймер на одну минуту"]);
    all_mean(TimerOutOfRange, &ru(), &["таймер на двое суток", "таймер на 25 часов"]);
}

#[test]
fn times_and_plurals_are_said_right() {
    let cases = [
        (1, "1 second", "Таймер на 1 секунду.", "Время вышло: 1 секунда."),
        (22, "22 seconds", "Таймер на 22 секунды.", "Время вышло: 22 секунды."),
        (60, "1 minute", "Таймер на 1 минуту.", "Время вышло: 1 минута."),
        (300, "5 minutes", "Таймер на 5 минут.", "Время вышло: 5 минут."),
        (660, "11 minutes", "Таймер на 11 минут.", "Время вышло: 11 минут."),
        (1260, "21 minutes", "Таймер на 21 минуту.", "Время вышло: 21 минута."),
        (
            3661,
            "1 hour and 1 minute and 1 second",
            "Таймер на 1 час 1 минуту 1 секунду.",
            "Время вышло: 1 час 1 минута 1 секунда.",
        ),
    ];
    for (seconds, english, set, over) in cases {
        let time = Duration::from_secs(seconds);
        assert_eq!(answer(&Timer(time), &en(), &noon()), format!("Timer set for {english}."));
        assert_eq!(timer_done(time, &en()), format!("Time is up: {english}."));
        assert_eq!(answer(&Timer(time), &ru(), &noon()), set);
        assert_eq!(timer_done(time, &ru()), over);
    }
    let at = |hour, minute| date(2024, 2, 29).at(hour, minute, 0, 0);
    for (now, english, russian) in [
        (at(0, 5), "It's 12:05 AM.", "Сейчас 0 часов 5 минут."),
        (at(1, 1), "It's 1:01 AM.", "Сейчас 1 час 1 минута."),
        (at(12, 0), "It's 12:00 PM.", "Сейчас 12 часов ровно."),
        (at(22, 42), "It's 10:42 PM.", "Сейчас 22 часа 42 минуты."),
    ] {
        assert_eq!(answer(&Time, &en(), &now), english);
        assert_eq!(answer(&Time, &ru(), &now), russian);
    }
    for (now, english, russian) in [
        (noon(), "Today is Friday, November 21st, 2025.", "Сегодня пятница, двадцать первое ноября."),
        (at(9, 9), "Today is Thursday, February 29th, 2024.", "Сегодня четверг, двадцать девятое февраля."),
        (
            date(2025, 1, 12).at(0, 0, 0, 0),
            "Today is Sunday, January 12th, 2025.",
            "Сегодня воскресенье, двенадцатое января.",
        ),
    ] {
        assert_eq!(answer(&Date, &en(), &now), english);
        assert_eq!(answer(&Date, &ru(), &now), russian);
    }
    assert_eq!(answer(&Volume(21), &ru(), &noon()), "Громкость 21 процент.");
    assert_eq!(answer(&Volume(42), &ru(), &noon()), "Громкость 42 процента.");
}

proptest! {
    #[test]
    fn any_text_is_survived(text in "\\PC{0,200}") {
        for language in [en(), ru()] {
            let _ = reply(&text, &language);
        }
    }

    #[test]
    fn any_mixture_of_known_words_is_survived(picks in prop::collection::vec(any::<prop::sample::Index>(), 0..40)) {
        let words: Vec<&str> = table::texts().flat_map(pattern::symbols)
            .chain(["2", "0", "1e9", "%", "/", "^", "(", ")", "-", "99999999999999999999", "minus", "point", "half", "million"])
            .filter(|symbol| !symbol.starts_with('<')).collect();
        let text: Vec<&str> = picks.iter().map(|pick| *pick.get(&words)).collect();
        for language in [en(), ru()] {
            let said = reply(&text.join(" "), &language);
            prop_assert!(!said.contains("inf") && !said.contains("NaN"), "{said}");
        }
    }

    #[test]
    fn sums_in_figures_are_right(a in -10_000_i64..10_000, b in -10_000_i64..10_000, c in 1_i64..100) {
        let said = |value: i64| if value < 0 { format!("That's minus {}.", -value) } else { format!("That's {value}.") };
        prop_assert_eq!(reply(&format!("{a} + {b} * {c}"), &en()), said(a + b * c));
        prop_assert_eq!(reply(&format!("({a} - {b}) * {c}"), &en()), said((a - b) * c));
    }
}

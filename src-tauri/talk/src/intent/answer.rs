//! What is said to an intent, in English or Russian: one short sentence. Other languages are answered in English.

use super::{
    Intent,
    figure::{Figure, figure},
    language,
    sum::{Outcome, Sum},
    unit::Quantity,
};
use jiff::civil::{DateTime, Weekday};
use std::time::Duration;
use voice::{Language, Mode};

/// The spoken answer. `Repeat` and `Stop` are carried out by the caller; their sentence is for when there is nothing to
/// repeat or to stop.
#[must_use]
pub fn answer(intent: &Intent, language: &Language, now: &DateTime) -> String {
    let russian = is_russian(language);
    let say = |english: &str, in_russian: &str| if russian { in_russian } else { english }.to_owned();
    match intent {
        Intent::Time if russian => russian_time(now),
        Intent::Time => english_time(now),
        Intent::Date if russian => russian_date(now),
        Intent::Date => english_date(now),
        Intent::Compute(sum) => computed(sum, russian),
        Intent::Repeat => say("There is nothing to repeat yet.", "Мне пока нечего повторить."),
        Intent::Stop => say("Okay.", "Хорошо."),
        Intent::Help => say(HELP_ENGLISH, HELP_RUSSIAN),
        Intent::Switch(Mode::Chat) => say("Chat mode.", "Режим разговора."),
        Intent::Switch(Mode::Translate) => say("Translate mode.", "Режим перевода."),
        Intent::Switch(Mode::Echo) => say("Echo mode.", "Режим эха."),
        Intent::Into(to) if russian => format!("Перевожу на {}.", language::called(to.tag(), true)),
        Intent::Into(to) => format!("Translating into {}.", language::called(to.tag(), false)),
        Intent::Louder => say("Louder.", "Громче."),
        Intent::Quieter => say("Quieter.", "Тише."),
        Intent::Volume(percent) => {
            let figure = figure(f64::from(*percent), 0, russian);
            let noun = figure.russian(["процент", "процента", "процентов"]);
            if russian {
                format!("Громкость {} {noun}.", figure.text)
            } else {
                format!("Volume {} percent.", figure.text)
            }
        }
        Intent::Faster => say("Faster.", "Быстрее."),
        Intent::Slower => say("Slower.", "Медленнее."),
        Intent::Timer(time) if russian => format!("Таймер на {}.", russian_span(*time, RUSSIAN_SPANS_FOR)),
        Intent::Timer(time) => format!("Timer set for {}.", english_span(*time)),
        Intent::TimerOutOfRange => say(
            "A timer can run from one second to twenty-four hours.",
            "Таймер можно поставить на время от одной секунды до суток.",
        ),
        Intent::CancelTimer => say("Timer cancelled.", "Таймер отменён."),
    }
}

/// What is said when a timer of this length has run out.
#[must_use]
pub fn timer_done(duration: Duration, language: &Language) -> String {
    if is_russian(language) {
        format!("Время вышло: {}.", russian_span(duration, RUSSIAN_SPANS))
    } else {
        format!("Time is up: {}.", english_span(duration))
    }
}

const HELP_ENGLISH: &str = "You can ask for the time or the date, for sums like twelve times seven, or how many feet are \
     in ten meters. Say set a timer for five minutes, repeat that, louder, slower, translate into Spanish, or chat mode.";
const HELP_RUSSIAN: &str = "Спросите время или дату, сколько будет двенадцать умножить на семь, сколько футов в десяти \
     метрах. Скажите: поставь таймер на пять минут, повтори, громче, медленнее, переводи на испанский, режим разговора.";

fn is_russian(language: &Language) -> bool {
    language.tag() == "ru"
}

fn english_time(now: &DateTime) -> String {
    let (hour, half) = match now.hour() {
        0 => (12, "AM"),
        hour @ 1..12 => (hour, "AM"),
        12 => (12, "PM"),
        hour => (hour - 12, "PM"),
    };
    format!("It's {hour}:{:02} {half}.", now.minute())
}

fn russian_time(now: &DateTime) -> String {
    let hours = counted(i64::from(now.hour()), ["час", "часа", "часов"]);
    match now.minute() {
        0 => format!("Сейчас {hours} ровно."),
        minute => format!("Сейчас {hours} {}.", counted(i64::from(minute), ["минута", "минуты", "минут"])),
    }
}

fn english_date(now: &DateTime) -> String {
    let day = now.day();
    let ending = match (day / 10, day % 10) {
        (1, _) => "th",
        (_, 1) => "st",
        (_, 2) => "nd",
        (_, 3) => "rd",
        _ => "th",
    };
    let month = MONTHS.get(usize::from(now.month().unsigned_abs()).saturating_sub(1)).map_or("", |names| names.0);
    format!("Today is {}, {month} {day}{ending}, {}.", weekday(now.weekday()).0, now.year())
}

/// The day as a word, for voices read its figure as "twenty-one" and not as "the twenty-first"; for the same reason no year.
fn russian_date(now: &DateTime) -> String {
    let day = DAYS.get(usize::from(now.day().unsigned_abs()).saturating_sub(1)).unwrap_or(&"");
    let month = MONTHS.get(usize::from(now.month().unsigned_abs()).saturating_sub(1)).map_or("", |names| names.1);
    format!("Сегодня {}, {day} {month}.", weekday(now.weekday()).1)
}

fn weekday(day: Weekday) -> (&'static str, &'static str) {
    match day {
        Weekday::Monday => ("Monday", "понедельник"),
        Weekday::Tuesday => ("Tuesday", "вторник"),
        Weekday::Wednesday => ("Wednesday", "среда"),
        Weekday::Thursday => ("Thursday", "четверг"),
        Weekday::Friday => ("Friday", "пятница"),
        Weekday::Saturday => ("Saturday", "суббота"),
        Weekday::Sunday => ("Sunday", "воскресенье"),
    }
}

#[rustfmt::skip]
const MONTHS: [(&str, &str); 12] = [
    ("January", "января"), ("February", "февраля"), ("March", "марта"), ("April", "апреля"), ("May", "мая"),
    ("June", "июня"), ("July", "июля"), ("August", "августа"), ("September", "сентября"), ("October", "октября"),
    ("November", "ноября"), ("December", "декабря"),
];

#[rustfmt::skip]
const DAYS: [&str; 31] = [
    "первое", "второе", "третье", "четвёртое", "пятое", "шестое", "седьмое", "восьмое", "девятое", "десятое",
    "одиннадцатое", "двенадцатое", "тринадцатое", "четырнадцатое", "пятнадцатое", "шестнадцатое", "семнадцатое",
    "восемнадцатое", "девятнадцатое", "двадцатое", "двадцать первое", "двадцать второе", "двадцать третье",
    "двадцать четвёртое", "двадцать пятое", "двадцать шестое", "двадцать седьмое", "двадцать восьмое",
    "двадцать девятое", "тридцатое", "тридцать первое",
];

/// Hours, minutes and seconds.
const SPANS: [[&str; 2]; 3] = [["hour", "hours"], ["minute", "minutes"], ["second", "seconds"]];
const RUSSIAN_SPANS: [[&str; 3]; 3] =
    [["час", "часа", "часов"], ["минута", "минуты", "минут"], ["секунда", "секунды", "секунд"]];
/// The same in the case after "на".
const RUSSIAN_SPANS_FOR: [[&str; 3]; 3] =
    [["час", "часа", "часов"], ["минуту", "минуты", "минут"], ["секунду", "секунды", "секунд"]];

fn english_span(time: Duration) -> String {
    span(time, SPANS, " and ", false, |figure, names| figure.english(names))
}

fn russian_span(time: Duration, names: [[&'static str; 3]; 3]) -> String {
    span(time, names, " ", true, |figure, names| figure.russian(names))
}

fn span<T>(
    time: Duration,
    names: [T; 3],
    between: &str,
    russian: bool,
    plural: fn(&Figure, T) -> &'static str,
) -> String {
    let parts =
        hours_minutes_seconds(time).into_iter().zip(names).filter(|(value, _)| *value > 0.0).map(|(value, names)| {
            let figure = figure(value, 2, russian);
            format!("{} {}", figure.text, plural(&figure, names))
        });
    parts.collect::<Vec<_>>().join(between)
}

fn hours_minutes_seconds(time: Duration) -> [f64; 3] {
    let minutes = time.as_secs() / 60;
    let seconds = (time.as_secs() % 60) as f64 + f64::from(time.subsec_millis()) / 1000.0;
    [(minutes / 60) as f64, (minutes % 60) as f64, seconds]
}

fn computed(sum: &Sum, russian: bool) -> String {
    let text = match (sum.0, russian) {
        (Outcome::Number(value), _) => {
            let result = figure(value, 6, russian);
            let about = about(&result, russian);
            return if russian {
                format!("Будет {about}{}.", result.text)
            } else {
                format!("That's {about}{}.", result.text)
            };
        }
        (Outcome::Converted(from, to), _) => return converted(from, to, russian),
        (Outcome::Unlike(from, to), false) => {
            return format!("{} cannot be turned into {}.", capital(from.english[1]), to.english[1]);
        }
        (Outcome::Unlike(..), true) => "Это разные величины, одну в другую не перевести.",
        (Outcome::DividesByZero, false) => "Nothing can be divided by zero.",
        (Outcome::DividesByZero, true) => "На ноль делить нельзя.",
        (Outcome::TooLarge, false) => "That number is too large for me.",
        (Outcome::TooLarge, true) => "Это число слишком велико для меня.",
        (Outcome::NoneExists, false) => "There is no such number.",
        (Outcome::NoneExists, true) => "Такого числа нет.",
    };
    text.to_owned()
}

fn converted(from: Quantity, to: Quantity, russian: bool) -> String {
    let (given, result) = (figure(from.value, 2, russian), figure(to.value, 2, russian));
    let about = about(&result, russian);
    if russian {
        let (asked, got) = (given.russian(from.unit.russian), result.russian(to.unit.russian));
        format!("{} {asked} — это {about}{} {got}.", capital(&given.text), result.text)
    } else {
        let (asked, got) = (given.english(from.unit.english), result.english(to.unit.english));
        format!("{} {asked} is {about}{} {got}.", capital(&given.text), result.text)
    }
}

fn about(figure: &Figure, russian: bool) -> &'static str {
    match (figure.rounded, russian) {
        (false, _) => "",
        (true, false) => "about ",
        (true, true) => "примерно ",
    }
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

fn counted(count: i64, names: [&'static str; 3]) -> String {
    let figure = figure(count as f64, 0, true);
    format!("{} {}", figure.text, figure.russian(names))
}

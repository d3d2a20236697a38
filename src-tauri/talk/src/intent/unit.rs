//! Units: what they are called, heard as, and worth. Apart because it is data first.

use super::{number, token::Cursor};

/// What a unit measures; only like can be converted into like.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Kind {
    Length,
    Mass,
    Volume,
    Temperature,
    Time,
}

/// A unit of measure. Worth `(value + zero) * size` in metres, kilograms, litres, kelvins or seconds.
#[derive(Debug, PartialEq)]
pub(super) struct Unit {
    pub(super) kind: Kind,
    pub(super) size: f64,
    zero: f64,
    /// For one and for many.
    pub(super) english: [&'static str; 2],
    /// For one, for two to four and for parts, for five and more.
    pub(super) russian: [&'static str; 3],
    /// Every word it is known by.
    pub(super) heard: &'static str,
}

/// So much of a unit.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Quantity {
    pub(super) value: f64,
    pub(super) unit: &'static Unit,
}

const fn unit(
    kind: Kind,
    size: f64,
    english: [&'static str; 2],
    russian: [&'static str; 3],
    heard: &'static str,
) -> Unit {
    Unit { kind, size, zero: 0.0, english, russian, heard }
}

const fn degree(
    size: f64,
    zero: f64,
    english: [&'static str; 2],
    russian: [&'static str; 3],
    heard: &'static str,
) -> Unit {
    Unit { kind: Kind::Temperature, size, zero, english, russian, heard }
}

use Kind::{Length, Mass, Time, Volume};

/// The international yard and pound; volumes are those of the United States.
#[rustfmt::skip]
pub(super) const UNITS: &[Unit] = &[
    unit(Length, 0.001, ["millimeter", "millimeters"], ["миллиметр", "миллиметра", "миллиметров"],
        "mm millimeter millimeters millimetre millimetres мм миллиметр миллиметра миллиметров миллиметры миллиметрах миллиметре"),
    unit(Length, 0.01, ["centimeter", "centimeters"], ["сантиметр", "сантиметра", "сантиметров"],
        "cm centimeter centimeters centimetre centimetres см сантиметр сантиметра сантиметров сантиметры сантиметрах сантиметре"),
    unit(Length, 1.0, ["meter", "meters"], ["метр", "метра", "метров"],
        "m meter meters metre metres м метр метра метров метры метрах метре"),
    unit(Length, 1000.0, ["kilometer", "kilometers"], ["километр", "километра", "километров"],
        "km kilometer kilometers kilometre kilometres км километр километра километров километры километрах километре"),
    unit(Length, 0.0254, ["inch", "inches"], ["дюйм", "дюйма", "дюймов"],
        "in inch inches дюйм дюйма дюймов дюймы дюймах дюйме"),
    unit(Length, 0.3048, ["foot", "feet"], ["фут", "фута", "футов"],
        "ft foot feet фут фута футов футы футах футе"),
    unit(Length, 0.9144, ["yard", "yards"], ["ярд", "ярда", "ярдов"],
        "yd yds yard yards ярд ярда ярдов ярды ярдах ярде"),
    unit(Length, 1609.344, ["mile", "miles"], ["миля", "мили", "миль"],
        "mi mile miles миля мили миль милю милях миле"),
    unit(Mass, 1e-6, ["milligram", "milligrams"], ["миллиграмм", "миллиграмма", "миллиграммов"],
        "mg milligram milligrams мг миллиграмм миллиграмма миллиграммов миллиграммы миллиграммах миллиграмме"),
    unit(Mass, 0.001, ["gram", "grams"], ["грамм", "грамма", "граммов"],
        "g gram grams gramme grammes г гр грамм грамма граммов граммы граммах грамме"),
    unit(Mass, 1.0, ["kilogram", "kilograms"], ["килограмм", "килограмма", "килограммов"],
        "kg kilo kilos kilogram kilograms кг кило килограмм килограмма килограммов килограммы килограммах килограмме"),
    unit(Mass, 1000.0, ["metric ton", "metric tons"], ["тонна", "тонны", "тонн"],
        "tonne tonnes т тонна тонны тонн тонну тоннах тонне"),
    unit(Mass, 0.028_349_523_125, ["ounce", "ounces"], ["унция", "унции", "унций"],
        "oz ounce ounces унция унции унций унцию унциях"),
    unit(Mass, 0.453_592_37, ["pound", "pounds"], ["фунт", "фунта", "фунтов"],
        "lb lbs pound pounds фунт фунта фунтов фунты фунтах фунте"),
    unit(Mass, 6.350_293_18, ["stone", "stone"], ["стоун", "стоуна", "стоунов"],
        "st stone стоун стоуна стоунов стоуны стоунах стоуне"),
    unit(Volume, 0.001, ["milliliter", "milliliters"], ["миллилитр", "миллилитра", "миллилитров"],
        "ml milliliter milliliters millilitre millilitres мл миллилитр миллилитра миллилитров миллилитры миллилитрах миллилитре"),
    unit(Volume, 1.0, ["liter", "liters"], ["литр", "литра", "литров"],
        "l liter liters litre litres л литр литра литров литры литрах литре"),
    unit(Volume, 0.004_928_921_593_75, ["teaspoon", "teaspoons"], ["чайная ложка", "чайные ложки", "чайных ложек"],
        "tsp teaspoon teaspoons"),
    unit(Volume, 0.014_786_764_781_25, ["tablespoon", "tablespoons"], ["столовая ложка", "столовые ложки", "столовых ложек"],
        "tbsp tablespoon tablespoons"),
    unit(Volume, 0.236_588_236_5, ["cup", "cups"], ["чашка", "чашки", "чашек"],
        "cup cups чашка чашки чашек чашку чашках чашке"),
    unit(Volume, 0.473_176_473, ["pint", "pints"], ["пинта", "пинты", "пинт"],
        "pt pint pints пинта пинты пинт пинту пинтах пинте"),
    unit(Volume, 0.946_352_946, ["quart", "quarts"], ["кварта", "кварты", "кварт"],
        "qt quart quarts кварта кварты кварт кварту квартах кварте"),
    unit(Volume, 3.785_411_784, ["gallon", "gallons"], ["галлон", "галлона", "галлонов"],
        "gal gallon gallons галлон галлона галлонов галлоны галлонах галлоне"),
    degree(1.0, 273.15, ["degree Celsius", "degrees Celsius"], ["градус Цельсия", "градуса Цельсия", "градусов Цельсия"],
        "c celsius centigrade цельсия цельсию цельсий цельсии"),
    degree(5.0 / 9.0, 459.67, ["degree Fahrenheit", "degrees Fahrenheit"],
        ["градус Фаренгейта", "градуса Фаренгейта", "градусов Фаренгейта"],
        "f fahrenheit фаренгейта фаренгейту фаренгейт фаренгейте"),
    degree(1.0, 0.0, ["kelvin", "kelvin"], ["кельвин", "кельвина", "кельвинов"],
        "k kelvin kelvins кельвин кельвина кельвинов кельвины кельвинах"),
    unit(Time, 1.0, ["second", "seconds"], ["секунда", "секунды", "секунд"],
        "s sec secs second seconds с сек секунда секунды секунд секунду секундах секунде"),
    unit(Time, 60.0, ["minute", "minutes"], ["минута", "минуты", "минут"],
        "min mins minute minutes мин минута минуты минут минуту минутах минуте минутку"),
    unit(Time, 3600.0, ["hour", "hours"], ["час", "часа", "часов"],
        "h hr hrs hour hours ч час часа часов часы часах часе часик"),
    unit(Time, 86_400.0, ["day", "days"], ["день", "дня", "дней"],
        "day days день дня дней дни днях дне сутки суток сутках"),
    unit(Time, 604_800.0, ["week", "weeks"], ["неделя", "недели", "недель"],
        "week weeks неделя недели недель неделю неделях неделе"),
];

impl Quantity {
    /// The same in `unit`, if that measures the same kind of thing.
    pub(super) fn into(self, unit: &'static Unit) -> Option<Self> {
        let like = self.unit.kind == unit.kind;
        like.then(|| Self { value: (self.value + self.unit.zero) * self.unit.size / unit.size - unit.zero, unit })
    }
}

/// "feet", "degrees celsius", "градусы по Фаренгейту".
pub(super) fn unit_name(cursor: &mut Cursor<'_>) -> Option<&'static Unit> {
    let mut ahead = *cursor;
    let degrees = ahead.any(&DEGREES);
    if degrees {
        ahead.any(&["по"]);
    }
    let unit = ahead.peek_word()?.unit.filter(|unit| !degrees || unit.kind == Kind::Temperature)?;
    ahead.advance();
    *cursor = ahead;
    Some(unit)
}

/// "five miles", "six feet two inches", "an hour and a half", "half a pound"; in Russian the number may be left out.
pub(super) fn quantity(cursor: &mut Cursor<'_>) -> Option<Quantity> {
    let mut whole = part(cursor)?;
    let mut smallest = whole.unit;
    loop {
        let mut ahead = *cursor;
        ahead.any(&["and", "и"]);
        match part(&mut ahead) {
            Some(more) if more.unit.size < smallest.size && more.unit.kind != Kind::Temperature => {
                let Some(same) = more.into(whole.unit) else { return Some(whole) };
                whole.value += same.value;
                smallest = more.unit;
                *cursor = ahead;
            }
            _ => return Some(whole),
        }
    }
}

fn part(cursor: &mut Cursor<'_>) -> Option<Quantity> {
    let mut ahead = *cursor;
    let value = match number::signed(&mut ahead) {
        Some(value) => {
            ahead.any(&["of a", "of an", "a", "an"]);
            value
        }
        None => {
            ahead = *cursor;
            let article = ahead.any(&["a", "an"]);
            let russian = ahead.peek_word().is_some_and(|word| !word.text.is_ascii());
            (article || russian).then_some(1.0)?
        }
    };
    let unit = unit_name(&mut ahead)?;
    let value = value + number::and_a_half(&mut ahead);
    *cursor = ahead;
    Some(Quantity { value, unit })
}

/// 0..=100; more than a hundred counts as a hundred.
pub(super) fn percent(cursor: &mut Cursor<'_>) -> Option<u8> {
    let value = number::number(cursor)?;
    if !cursor.sign('%') {
        cursor.any(&PERCENT);
    }
    Some(value.clamp(0.0, 100.0).round() as u8)
}

/// May go before the name of a temperature scale.
pub(super) const DEGREES: [&str; 7] = ["degrees", "degree", "градусов", "градуса", "градус", "градусы", "градусах"];
/// Says that a number is in hundredths.
pub(super) const PERCENT: [&str; 5] = ["percent", "per cent", "процентов", "процента", "процент"];

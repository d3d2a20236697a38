//! The commands as people say them: data, not code. Read like a JSGF grammar: `[optional]`, `(one | other)`, `<slot>`.
//! Spoken English rows go into the recogniser's grammar as they stand, so they hold dictionary words only.

use voice::Mode;

/// A sentence, or several ways to say it, and what it means.
pub(super) type Row = (&'static str, Meaning);

/// What a sentence means, before its slots are looked at.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Meaning {
    Time,
    Date,
    /// Of the slot `<sum>`.
    Sum,
    /// Of the slots `<quantity>` and `<unit>`.
    Convert,
    Repeat,
    Stop,
    Help,
    Switch(Mode),
    /// Of the slot `<language>`.
    Into,
    Louder,
    Quieter,
    /// Of the slot `<percent>`.
    Volume,
    VolumeIs(u8),
    Faster,
    Slower,
    /// Of the slot `<duration>`.
    Timer,
    CancelTimer,
}
use Meaning::{
    CancelTimer, Convert, Date, Faster, Help, Into, Louder, Quieter, Repeat, Slower, Stop, Sum, Switch, Time, Timer,
    Volume, VolumeIs,
};

/// English rows: spoken ones, then those that are only typed.
pub(super) const ENGLISH: &[&[Row]] = &[SPOKEN, TYPED];

#[rustfmt::skip]
pub(super) const SPOKEN: &[Row] = &[
    ("what time is it [now]", Time),
    ("(what is | what's | tell me | give me) the [current] time", Time),
    ("(tell me | do you know) what time it is", Time),
    ("(what is | what's | tell me) (the date [today] | today's date)", Date),
    ("(what | which) day is [it] today", Date),
    ("(what | which) day [of the week] is it [today]", Date),
    ("what is today", Date),

    ("[what is | what's | how much is | calculate] <sum>", Sum),
    ("(what is | what's | how much is) <quantity> in <unit>", Convert),
    ("convert <quantity> (to | into) <unit>", Convert),
    ("how many <unit> (in | are in | are there in | is) <quantity>", Convert),

    ("repeat [that | it]", Repeat),
    ("say (that | it) again", Repeat),
    ("what did you say", Repeat),
    ("(one more time | once more)", Repeat),

    ("stop [talking | speaking | it]", Stop),
    ("be quiet", Stop),
    ("that's enough", Stop),
    ("never mind", Stop),

    ("help [me]", Help),
    ("what can you do", Help),
    ("what can i (say | ask [you])", Help),

    ("[(switch | change | go) [back] to] chat mode", Switch(Mode::Chat)),
    ("stop translating", Switch(Mode::Chat)),
    ("[(switch | change | go) [back] to] (translate | translation) mode", Switch(Mode::Translate)),
    ("start translating", Switch(Mode::Translate)),
    ("[(switch | change | go) [back] to] echo mode", Switch(Mode::Echo)),
    ("repeat after me", Switch(Mode::Echo)),

    ("translate [everything | it | this | that] (to | into) <language>", Into),
    ("(switch | change) [the language] to <language>", Into),

    ("([speak | talk] louder | speak up)", Louder),
    ("(turn it up | turn up the volume | turn the volume up | volume up)", Louder),
    ("(increase | raise) the volume", Louder),
    ("[speak | talk] (quieter | softer | more quietly)", Quieter),
    ("(turn it down | turn down the volume | turn the volume down | volume down)", Quieter),
    ("(decrease | lower) the volume", Quieter),
    ("(set | turn) [the] volume to <percent> [percent]", Volume),
    ("volume [to | at] <percent> percent", Volume),
    ("(maximum | full) volume", VolumeIs(100)),
    ("mute [the sound]", VolumeIs(0)),

    ("[speak | talk] faster", Faster),
    ("speed up", Faster),
    ("[speak | talk] (slower | more slowly)", Slower),
    ("slow down", Slower),

    ("(cancel | stop | clear | delete) (the | my | all) (timer | timers)", CancelTimer),
    ("(set | start) [a | the | me a] timer (for | of) <duration>", Timer),
    ("(set | start) [a | an] <duration> timer", Timer),
    ("timer [for] <duration>", Timer),
    ("<duration> timer", Timer),
    ("(remind | wake) me in <duration>", Timer),
];

/// Short enough that a recogniser would hear them in coughs, or not made of dictionary words.
#[rustfmt::skip]
const TYPED: &[Row] = &[
    ("[the | current] time", Time),
    ("what is the time now", Time),
    ("(what time is it | what's the time | what is the time) right now", Time),
    ("(what | which) date is it [today]", Date),
    ("[the | today's | current] date", Date),
    ("(compute | solve | evaluate | work out) <sum>", Sum),
    ("[what is | what's | how much is | calculate] <sum> (equals | is [what])", Sum),
    ("turn <quantity> into <unit>", Convert),
    ("<quantity> (in | to | as | into) <unit>", Convert),
    ("how many <unit> are <quantity>", Convert),
    ("again", Repeat),
    ("(pardon | come again | repeat (yourself | the last answer) | say that one more time)", Repeat),
    ("(quiet | silence | hush | shut up | cancel | enough | that is enough | stop now)", Stop),
    ("(show | list) [the | all] commands", Help),
    ("(what are you able to do | how can you help [me] | commands)", Help),
    ("[(switch | change | go) [back] to] (conversation | normal) mode", Switch(Mode::Chat)),
    ("[(switch | change | go) [back] to] the (chat | conversation) mode", Switch(Mode::Chat)),
    ("(switch | change | go) [back] to (chat | conversation | chatting)", Switch(Mode::Chat)),
    ("[(switch | change | go) [back] to] the (translate | translation) mode", Switch(Mode::Translate)),
    ("(switch | change | go) [back] to (translate | translation | translating)", Switch(Mode::Translate)),
    ("[(switch | change | go) [back] to] the echo mode", Switch(Mode::Echo)),
    ("(switch | change | go) [back] to echo", Switch(Mode::Echo)),
    ("translate in <language>", Into),
    ("start translating (to | into) <language>", Into),
    ("translate mode <language>", Into),
    ("(turn it | make it) louder", Louder),
    ("(too quiet | that's too quiet | increase volume)", Louder),
    ("(turn it | make it) quieter", Quieter),
    ("(too loud | that's too loud | not so loud | decrease volume)", Quieter),
    ("(set | turn) [the] volume at <percent>", Volume),
    ("[the] volume [to | at] <percent>", Volume),
    ("(set | turn) [the] volume to [the] maximum", VolumeIs(100)),
    ("(too slow | that's too slow | quicker | speak more quickly)", Faster),
    ("(too fast | that's too fast | not so fast)", Slower),
    ("(cancel | stop | clear | delete) [the] (timer | timers | countdown)", CancelTimer),
    ("(turn off | remove) (the | my | all) (timer | timers)", CancelTimer),
    ("(make | create) (a | the | me a) timer (for | of) <duration>", Timer),
    ("(set | start) [a | the] timer [to] <duration>", Timer),
    ("(set | start) [a] countdown (for | of | from) <duration>", Timer),
    ("count down [from] <duration>", Timer),
    ("(remind | wake | alert) me (in | after) <duration>", Timer),
];

#[rustfmt::skip]
pub(super) const RUSSIAN: &[Row] = &[
    ("(который час | который сейчас час | сколько времени | сколько сейчас времени | сколько время)", Time),
    ("[какое | сколько] [сейчас] время", Time),
    ("(скажи | подскажи | назови) [мне] [точное | текущее] (время | который [сейчас] час | сколько [сейчас] времени)", Time),
    ("(какое [сегодня] число | сегодня какое число | какая [сегодня] дата | дата | сегодняшняя дата)", Date),
    ("(какой [сегодня] день [недели] | какой день [недели] сегодня | сегодня какой день [недели])", Date),
    ("(скажи | подскажи | назови) [мне] (дату | сегодняшнюю дату | какое [сегодня] число | какой [сегодня] день [недели])", Date),

    ("[сколько [будет] | чему равно | чему равен | посчитай | вычисли | подсчитай] <sum> [равно | это сколько | будет]", Sum),
    // before the next row, which would take the unit for "one" of it
    ("сколько <unit> в <quantity>", Convert),
    ("[переведи | перевести | сконвертируй | преобразуй | сколько [будет]] <quantity> в <unit>", Convert),
    ("<quantity> [это] сколько <unit>", Convert),

    ("(повтори | повторите) [это | еще раз]", Repeat),
    ("[скажи | скажите] [это] (еще раз | снова)", Repeat),
    ("(что ты сказал | что ты сказала | что вы сказали | не расслышал | не расслышала | я не расслышал | я не расслышала)", Repeat),

    ("(стоп | стой | хватит | замолчи | помолчи | замолкни | остановись | перестань | тихо | тишина | достаточно | довольно)", Stop),
    ("(хватит | перестань) говорить", Stop),
    ("(отмена | отбой | не важно | неважно)", Stop),

    ("(помощь | справка | помоги [мне] | команды | список команд | покажи команды)", Help),
    ("что ты (умеешь | можешь [делать] | знаешь)", Help),
    ("(что [я] могу [тебе | у тебя] (сказать | спросить) | что можно (сказать | спросить) | какие есть команды)", Help),

    ("[включи | переключись (на | в) | перейди (на | в) | вернись в] режим (чата | разговора | беседы | диалога)", Switch(Mode::Chat)),
    ("(переключись на | перейди (на | в) | включи) (чат | разговор)", Switch(Mode::Chat)),
    ("(не переводи | хватит переводить | перестань переводить | давай поговорим)", Switch(Mode::Chat)),
    ("[включи | переключись (на | в) | перейди (на | в) | вернись в] режим (перевода | переводчика)", Switch(Mode::Translate)),
    ("(переключись на | перейди (на | к) | включи) (перевод | переводчик | переводу)", Switch(Mode::Translate)),
    ("(начни переводить | переводи)", Switch(Mode::Translate)),
    ("[включи | переключись (на | в) | перейди (на | в)] режим (эха | эхо | повтора)", Switch(Mode::Echo)),
    ("(включи эхо | повторяй за мной)", Switch(Mode::Echo)),

    ("(переводи | переведи | переводите | начни переводить | перевод) [все | это] (на | по) <language> [язык]", Into),
    ("(переключись | переключи [язык] | смени язык | поменяй язык) на <language> [язык]", Into),

    ("[говори | сделай] [чуть] (громче | погромче)", Louder),
    ("(прибавь | увеличь | добавь | повысь | сделай больше) (громкость | звук)", Louder),
    ("[говори | сделай] [чуть] (тише | потише)", Quieter),
    ("(убавь | уменьши | понизь | сделай меньше) (громкость | звук)", Quieter),
    ("(слишком громко | не так громко)", Quieter),
    ("[поставь | установи | сделай] громкость [на] <percent>", Volume),
    ("(громкость на максимум | полная громкость | максимальная громкость)", VolumeIs(100)),
    ("(выключи | отключи | убери) звук", VolumeIs(0)),

    ("[говори] [чуть] (быстрее | побыстрее)", Faster),
    ("слишком медленно", Faster),
    ("[говори] [чуть] (медленнее | помедленнее)", Slower),
    ("(слишком быстро | не так быстро)", Slower),

    ("(отмени | останови | выключи | убери | удали | сбрось) [все] (таймер | таймеры)", CancelTimer),
    ("(поставь | установи | заведи | включи | запусти | засеки | сделай) таймер [на | через] <duration>", Timer),
    ("таймер [на | через] <duration>", Timer),
    ("засеки <duration>", Timer),
    ("[напомни [мне] | разбуди [меня] | позови [меня]] через <duration>", Timer),
];

/// What a recogniser may hear before a command, and after it.
pub(super) const BEFORE_SPOKEN: &str = "[please | (can | could | would) you [please]]";
pub(super) const AFTER_SPOKEN: &str = "[please]";

/// What may stand before and after a command, any number of times; "please" may stand anywhere.
pub(super) const BEFORE_ENGLISH: &str = "wilco | hey | hello | hi | ok | okay | so | now | just | (can | could | would | will) you | kindly | i want you to";
pub(super) const AFTER_ENGLISH: &str = "wilco | now | thanks | thank you | for me";
pub(super) const BEFORE_RUSSIAN: &str = "вилко | эй | привет | ну | а | так | слушай | ладно | хорошо | \
    можешь | [не] (мог | могла) бы ты | ты можешь | будь (добр | добра) | прошу";
pub(super) const AFTER_RUSSIAN: &str = "вилко | спасибо | сейчас | теперь | ка";

/// All text of this file, for the lexicon.
pub(super) fn texts() -> impl Iterator<Item = &'static str> {
    let rows = ENGLISH.iter().copied().chain([RUSSIAN]).flatten().map(|(says, _)| *says);
    rows.chain([BEFORE_ENGLISH, AFTER_ENGLISH, BEFORE_RUSSIAN, AFTER_RUSSIAN])
}

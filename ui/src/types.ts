// Generated from src-tauri/voice by `make types`. Do not edit.

export type Language = string;

export type TurnId = number;

export type Mode = "chat" | "translate" | "echo";

export type State = "ready" | "opening" | "listening" | "thinking" | "speaking";

export type Stage = "hear" | "think" | "speak";

export type Away = "locked" | "asleep" | "elsewhere";

export type Mark = "key_down" | "first_frame" | "key_up" | "stt_final" | "first_token" | "first_phrase" | "tts_first_byte" | "first_audio" | "last_audio";

export type Stamp = { 
/**
 * What happened.
 */
mark: Mark, 
/**
 * Milliseconds after `KeyDown`, from one monotonic clock.
 */
ms: number, };

export type Outcome = "done" | "partial" | "no_speech" | "too_short" | "cancelled" | "saved_for_retry";

export type Seam = { 
/**
 * Where it begins, in milliseconds of the utterance.
 */
at_ms: number, 
/**
 * How much was lost.
 */
lost_ms: number, };

export type Tried = { 
/**
 * At which stage.
 */
stage: Stage, 
/**
 * Who was asked.
 */
provider: string, 
/**
 * How it failed; absent if another one was quicker.
 */
failed: ErrorKind | null, 
/**
 * How long after it was asked, in milliseconds.
 */
after_ms: number, };

export type Usage = { 
/**
 * At which stage.
 */
stage: Stage, 
/**
 * Who.
 */
provider: string, 
/**
 * Sound that it heard, in seconds.
 */
seconds: number, 
/**
 * Tokens that it read, estimated from their characters.
 */
tokens_in: number, 
/**
 * Tokens that it wrote, estimated in the same way.
 */
tokens_out: number, 
/**
 * Characters that it translated or said.
 */
characters: number, 
/**
 * Sound of its voice, in seconds.
 */
voice_seconds: number, 
/**
 * What that cost in US dollars by the prices of that moment; absent if they are not known.
 */
usd: number | null, };

export type Traffic = { 
/**
 * At which stage.
 */
stage: Stage, 
/**
 * Who was asked.
 */
provider: string, 
/**
 * Bytes of sound and text that it got, without what the way adds.
 */
sent: number, 
/**
 * Bytes of sound and text that came back.
 */
received: number, };

export type TurnReport = { 
/**
 * Which turn.
 */
turn: TurnId, 
/**
 * How it ended.
 */
outcome: Outcome, 
/**
 * What was understood.
 */
transcript: string, 
/**
 * What was answered.
 */
reply: string, 
/**
 * Provider of each stage that ran, in order: `("hear", "pocketsphinx")`.
 */
answered_by: Array<[Stage, string]>, 
/**
 * Every attempt that came to nothing, in order of time.
 */
tried: Array<Tried>, 
/**
 * What was used of whom.
 */
usage: Array<Usage>, 
/**
 * What was sent to whom, and what came back.
 */
traffic: Array<Traffic>, 
/**
 * Every mark that was reached, in order of time.
 */
marks: Array<Stamp>, 
/**
 * From `KeyUp` to `FirstAudio`, in milliseconds; absent if nothing was heard.
 */
release_to_first_audio_ms: number | null, 
/**
 * Where the utterance is kept, if it is.
 */
journal: string | null, 
/**
 * Holes in the utterance, in order.
 */
seams: Array<Seam>, };

export type ErrorKind = "engine_missing" | "engine_failed" | "unsupported" | "bad_setting" | "no_microphone" | "no_speaker" | "device_lost" | "device_busy" | "permission_denied" | "zero_signal" | "audio_failed" | "file_missing" | "not_wav" | "empty" | "too_long" | "storage" | "damaged" | "newer_file" | "not_an_export" | "not_kept" | "hotkey" | "timed_out" | "offline" | "unreachable" | "untrusted" | "wrong_clock" | "login_page" | "proxy_refused" | "key_missing" | "key_refused" | "no_credit" | "model_gone" | "refused" | "sound_refused" | "too_large" | "busy" | "service_failed" | "garbled" | "cut_short" | "empty_answer" | "near_cap" | "cap_reached" | "keyring_missing" | "keyring_locked" | "keyring_stuck";

export type Error = { 
/**
 * Decides retry, breaker and wording.
 */
kind: ErrorKind, 
/**
 * The provider, device or file that failed.
 */
source: string, 
/**
 * What exactly, for a person: a path, a package, a list of what is possible. Never speech, never a key.
 */
detail: string, 
/**
 * How long to leave the provider alone, in milliseconds, if it said so itself.
 */
retry_after_ms?: number, };

export type LanguagePair = { 
/**
 * The person's own.
 */
mine: Language, 
/**
 * The one that is translated into.
 */
theirs: Language, };

export type Order = "mine" | "speed";

export type ProviderOrder = { 
/**
 * Speech to text.
 */
hear: Array<string>, 
/**
 * Answers.
 */
respond: Array<string>, 
/**
 * Translation.
 */
translate: Array<string>, 
/**
 * Those who say the words back in echo mode.
 */
echo: Array<string>, 
/**
 * Text to speech.
 */
say: Array<string>, 
/**
 * Whether these orders hold, or what was measured.
 */
order: Order, 
/**
 * The first two are always asked at once, and the quicker one answers: twice the calls.
 */
race: boolean, };

export type Account = { 
/**
 * Address, for instance `https://api.openai.com/v1`. A key is kept for the host of this address only.
 */
base_url: string, 
/**
 * Model that hears.
 */
hear_model: string, 
/**
 * Model that answers, and that translates if the provider does so by a prompt.
 */
reply_model: string, 
/**
 * Model that speaks.
 */
say_model: string, 
/**
 * Voice that speaks.
 */
voice: string, 
/**
 * Region, project or folder, where the provider asks for one.
 */
region: string, };

export type Persona = { 
/**
 * Who the model is to be, in the person's words.
 */
prompt: string, 
/**
 * Voice of its replies.
 */
voice: string, };

export type Network = { 
/**
 * Address of a proxy for everything; empty takes the system's.
 */
proxy: string, 
/**
 * Name at the proxy; its password is in the keyring. Empty: it asks for none.
 */
proxy_user: string, 
/**
 * A PEM file of certificates that are trusted beside the system's, as offices and laboratories have them.
 */
trust: string, 
/**
 * No connection leaves this machine: engines and servers on it work, everybody else is passed over.
 */
local_only: boolean, };

export type FirstPhrase = "clause" | "sentence";

export type VoiceChoice = { 
/**
 * A voice of the provider, or empty for its best one.
 */
name: string, 
/**
 * Speed of speech, 0.5..=2.0; 1.0 is the voice's own.
 */
rate: number, 
/**
 * Loudness, 0.0..=1.0.
 */
volume: number, 
/**
 * When the voice begins.
 */
first: FirstPhrase, 
/**
 * Replies are shown and not spoken.
 */
muted: boolean, };

export type Channel = "mix" | "left" | "right" | "loudest";

export type AudioChoice = { 
/**
 * Microphone by its identifier or its listed name; empty is the system's choice.
 */
input: string, 
/**
 * Loudspeaker, in the same way.
 */
output: string, 
/**
 * A microphone that goes away while somebody talks is followed by the system's choice, and a new choice of the
 * system is followed at once. Otherwise its return is waited for, and nobody is recorded by another one.
 */
follow_default: boolean, 
/**
 * Decibels added to the microphone, −20..=30.
 */
gain_db: number, 
/**
 * Which of the microphone's channels.
 */
channel: Channel, 
/**
 * Slow automatic gain, up to 24 dB, on speech only.
 */
auto_gain: boolean, 
/**
 * RNNoise before anything else hears the sound.
 */
suppress_noise: boolean, 
/**
 * Sound from before the key went down that belongs to the turn, in milliseconds, at most 500. Above 0 the
 * microphone is open between presses as well; what it hears then stays in memory and is overwritten.
 */
pre_roll_ms: number, 
/**
 * Short sounds say that the microphone is live, that somebody was heard, and that something went wrong.
 */
cues: boolean, 
/**
 * What other programs play is softer while somebody talks or is answered, where the system allows that.
 */
hush: boolean, };

export type Hotkeys = { 
/**
 * Held while talking.
 */
talk: string, 
/**
 * What holding and tapping it mean.
 */
style: KeyStyle, 
/**
 * Held while the other one talks: this once the two languages are swapped.
 */
other: string, 
/**
 * Stops whatever is going on; taken from other programs only while something is.
 */
cancel: string, 
/**
 * Speaks the last reply again.
 */
repeat: string, 
/**
 * Has the next persona answer.
 */
persona: string, 
/**
 * Brings the window.
 */
show: string, };

export type KeyRole = "talk" | "other" | "cancel" | "repeat" | "persona" | "show";

export type KeySeen = { 
/**
 * Whose.
 */
role: KeyRole, 
/**
 * It went down, or came up.
 */
down: boolean, 
/**
 * When, in milliseconds of a clock that only runs.
 */
ms: number, };

export type KeyVerdict = "free" | "no_key" | "typed" | "taken";

export type KeyBackend = "x11" | "system" | "portal" | "wayland" | "nobody";

export type KeepHistory = "always" | "days" | "nothing";

export type KeyStyle = "hold" | "toggle" | "hybrid";

export type Privacy = { 
/**
 * How many recordings of utterances stay on this computer; the oldest go first. 0 keeps none.
 */
keep_recordings: number, 
/**
 * Whether what was said and answered stays on this computer.
 */
keep_history: KeepHistory, 
/**
 * For how many days, if `keep_history` is `Days`.
 */
history_days: number, };

export type Theme = "auto" | "light" | "dark";

export type Appearance = { 
/**
 * Light or dark.
 */
theme: Theme, 
/**
 * Language of the interface: `auto`, `en` or `ru`.
 */
interface: string, 
/**
 * A small window above all others shows what is heard and said while a turn goes on.
 */
overlay: boolean, 
/**
 * Wilco starts, unseen, when the person logs in.
 */
autostart: boolean, 
/**
 * The first steps were taken or passed over.
 */
welcomed: boolean, };

export type Price = { 
/**
 * The model of `hear_minute`.
 */
hear_model: string, 
/**
 * The model of `reply_million_in` and `reply_million_out`.
 */
reply_model: string, 
/**
 * The model of `say_million` and `say_minute`.
 */
say_model: string, 
/**
 * For a minute of sound that it hears.
 */
hear_minute?: number | null, 
/**
 * So many seconds are charged at least.
 */
hear_least?: number | null, 
/**
 * For a million tokens that it reads.
 */
reply_million_in?: number | null, 
/**
 * For a million tokens that it writes.
 */
reply_million_out?: number | null, 
/**
 * For a million characters that it translates.
 */
translate_million?: number | null, 
/**
 * For a million characters that it says.
 */
say_million?: number | null, 
/**
 * For a minute of sound that it says.
 */
say_minute?: number | null, };

export type AtCap = "warn" | "stop" | "local";

export type Spending = { 
/**
 * In US dollars; 0 is no limit.
 */
monthly_cap: number, 
/**
 * What happens when it is reached.
 */
at_cap: AtCap, };

export type Settings = { 
/**
 * What becomes of the words.
 */
mode: Mode, 
/**
 * Who speaks what.
 */
languages: LanguagePair, 
/**
 * Who is asked for each stage.
 */
providers: ProviderOrder, 
/**
 * What the person has said about single providers, by the provider's name.
 */
accounts: { [key in string]: Account }, 
/**
 * The way out.
 */
network: Network, 
/**
 * Who answers in chat: one of `personas`; empty is the usual one.
 */
persona: string, 
/**
 * Those whom the person has made up, by name.
 */
personas: { [key in string]: Persona }, 
/**
 * How replies sound.
 */
voice: VoiceChoice, 
/**
 * Which devices, and what is done to the sound.
 */
audio: AudioChoice, 
/**
 * Which keys.
 */
hotkeys: Hotkeys, 
/**
 * What is kept.
 */
privacy: Privacy, 
/**
 * What a month may cost.
 */
spending: Spending, 
/**
 * What providers ask, by name: the table that comes with Wilco under what the person says.
 */
prices: { [key in string]: Price }, 
/**
 * How the window looks.
 */
appearance: Appearance, };

export type Kind = "hear" | "respond" | "translate" | "say";

export type KeyNeed = "none" | "optional" | "required";

export type KeyPlace = "keyring" | "session";

export type Languages = "any" | { "only": Array<Language> } | { "said": Array<Language> };

export type Profile = { 
/**
 * Its name in settings and table.
 */
name: string, 
/**
 * What it can do.
 */
kinds: Array<Kind>, 
/**
 * It runs on this machine; nothing leaves it.
 */
local: boolean, 
/**
 * Good enough to work without a network, no more: the page says so.
 */
basic: boolean, 
/**
 * Languages it hears or speaks.
 */
languages: Languages, 
/**
 * Voices of its `say`, best first; free text is allowed where this is empty.
 */
voices: Array<string>, 
/**
 * Whether it asks for a key.
 */
key: KeyNeed, 
/**
 * Where it is asked and for what, unless the person says otherwise. Empty for engines on this machine.
 */
account: Account, };

export type OfferedVoice = { 
/**
 * What the settings keep.
 */
id: string, 
/**
 * What a person reads.
 */
name: string, };

export type Offers = { 
/**
 * Identifiers of models, in the service's order.
 */
models: Array<string>, 
/**
 * Voices.
 */
voices: Array<OfferedVoice>, };

export type Condition = { "is": "good" } | { "is": "slow" } | { "is": "resting", 
/**
 * For so long from now, in milliseconds.
 */
for_ms: number, } | { "is": "refused", 
/**
 * What is wrong.
 */
why: ErrorKind, };

export type Standing = { 
/**
 * Its name in the table.
 */
provider: string, 
/**
 * At what.
 */
kind: Kind, 
/**
 * How it does.
 */
condition: Condition, 
/**
 * Usual time to the first useful piece of an answer, in milliseconds; absent if none came yet.
 */
typical_ms: number | null, };

export type Trial = { 
/**
 * Who was asked.
 */
provider: string, 
/**
 * For what.
 */
kind: Kind, 
/**
 * Half of the calls gave their first useful piece sooner, in milliseconds; absent if one failed.
 */
typical_ms: number | null, 
/**
 * How it failed.
 */
failed: Error | null, 
/**
 * How many are still to be asked.
 */
left: number, };

export type Ranking = { 
/**
 * Of what.
 */
kind: Kind, 
/**
 * Names for the settings, first choice first; whoever was not tried or failed keeps a place behind.
 */
order: Array<string>, };

export type SoundDevice = { 
/**
 * What the settings keep.
 */
id: string, 
/**
 * What a person reads.
 */
name: string, 
/**
 * It is a microphone.
 */
input: boolean, 
/**
 * The system's own choice.
 */
default: boolean, };

export type Take = "meter" | "play_back" | "words";

export type Probe = { "is": "live" } | { "is": "level", 
/**
 * Root mean square, 0.0..=1.0.
 */
rms: number, } | { "is": "words", 
/**
 * The whole utterance.
 */
text: string, } | { "is": "playing" } | { "is": "fault", 
/**
 * What.
 */
error: Error, };

export type Verdict = "ok" | "warn" | "fail";

export type Subject = "microphone" | "loudspeaker" | "keyring" | "disk" | "engine" | "engines" | "way" | "key" | "services";

export type Check = { 
/**
 * What.
 */
subject: Subject, 
/**
 * A name or a number that belongs to it, as the subject says; empty if none does.
 */
value: string, 
/**
 * How it went.
 */
verdict: Verdict, 
/**
 * What is wrong, if something is.
 */
error: ErrorKind | null, 
/**
 * The subject in plain English, such as `microphone`.
 */
what: string, 
/**
 * What was found, in plain English. Of what is wrong, this is the detail that no wording of the page has.
 */
found: string, 
/**
 * What to do next, in plain English; empty if there is nothing to be done.
 */
next: string, };

export type Reached = { 
/**
 * Its name, and its port where that is not the usual one.
 */
host: string, 
/**
 * What it was asked for.
 */
kinds: Array<Kind>, 
/**
 * How often it was asked.
 */
calls: number, 
/**
 * Bytes of sound and text that it got, without what the way adds.
 */
sent: number, 
/**
 * Bytes of sound and text that came back.
 */
received: number, 
/**
 * When it was asked last, as Unix time in milliseconds.
 */
last_ms: number, };

export type Command = { "do": "press" } | { "do": "press_other" } | { "do": "release" } | { "do": "toggle" } | { "do": "finish" } | { "do": "away", 
/**
 * Why.
 */
why: Away, } | { "do": "back", 
/**
 * What is over.
 */
why: Away, } | { "do": "cancel" } | { "do": "pause" } | { "do": "resume" } | { "do": "skip" } | { "do": "repeat" } | { "do": "next_persona" } | { "do": "say", 
/**
 * What was typed.
 */
text: string, } | { "do": "retry", 
/**
 * Which.
 */
turn: TurnId, } | { "do": "replay", 
/**
 * Which.
 */
turn: TurnId, } | { "do": "converse", 
/**
 * Which; `None` begins one.
 */
id: ConversationId | null, } | { "do": "set", 
/**
 * Dotted name, as in the defaults file.
 */
key: string, 
/**
 * The value as TOML; a bare word counts as text.
 */
value: string, };

export type MicNews = { "is": "waking", 
/**
 * Which one.
 */
device: string, } | { "is": "slow", 
/**
 * Which one.
 */
device: string, 
/**
 * One that is there.
 */
instead: string | null, } | { "is": "back", 
/**
 * Which one.
 */
device: string, 
/**
 * How long the hole was.
 */
lost_ms: number, } | { "is": "moved", 
/**
 * Which one.
 */
device: string, } | { "is": "stayed", 
/**
 * The one that is still heard.
 */
device: string, } | { "is": "standby", 
/**
 * It is.
 */
open: boolean, };

export type Event = { "is": "state", 
/**
 * The new state.
 */
state: State, } | { "is": "level", 
/**
 * Root mean square of the last frame, 0.0..=1.0.
 */
rms: number, } | { "is": "countdown", 
/**
 * Whole seconds until then.
 */
seconds: number, } | { "is": "closed", 
/**
 * Why.
 */
why: Away, } | { "is": "microphone", 
/**
 * What is new.
 */
news: MicNews, } | { "is": "started", 
/**
 * Its number.
 */
turn: TurnId, 
/**
 * What will become of the words.
 */
mode: Mode, } | { "is": "words", 
/**
 * Of which turn.
 */
turn: TurnId, 
/**
 * The whole utterance so far.
 */
text: string, 
/**
 * In which language.
 */
language: Language, 
/**
 * No further change will come.
 */
last: boolean, } | { "is": "reply", 
/**
 * Of which turn.
 */
turn: TurnId, 
/**
 * The next piece, blanks included.
 */
text: string, } | { "is": "again", 
/**
 * Of which turn.
 */
turn: TurnId, } | { "is": "stood_in", 
/**
 * In which turn.
 */
turn: TurnId, 
/**
 * At which stage.
 */
stage: Stage, 
/**
 * Who failed, and how.
 */
error: Error, 
/**
 * Who did it.
 */
by: string, } | { "is": "saying", 
/**
 * Of which turn.
 */
turn: TurnId, 
/**
 * The words as they are spoken: what is markup in the reply is not among them.
 */
text: string, 
/**
 * How long it will take, in milliseconds; absent while its sound is still in the making.
 */
ms: number | null, } | { "is": "paused", 
/**
 * It is silent.
 */
paused: boolean, } | { "is": "replaying", 
/**
 * Of which; `None` is silence.
 */
turn: TurnId | null, } | { "is": "conversing", 
/**
 * Which; `None` is a new one, which has its number with its first turn.
 */
id: ConversationId | null, 
/**
 * The turn that began it; absent where a person chose it.
 */
turn: TurnId | null, } | { "is": "marked", 
/**
 * Of which turn.
 */
turn: TurnId, 
/**
 * Which moment.
 */
mark: Mark, 
/**
 * Milliseconds after the turn's key-down.
 */
ms: number, } | { "is": "ended", 
/**
 * All of it.
 */
report: TurnReport, } | { "is": "waiting", 
/**
 * Which, oldest first.
 */
turns: Array<TurnId>, } | { "is": "trouble", 
/**
 * What, who, and what to do.
 */
error: Error, } | { "is": "draft", 
/**
 * What is proposed.
 */
text: string, } | { "is": "standings", 
/**
 * As in the snapshot.
 */
standings: Array<Standing>, } | { "is": "given", 
/**
 * Those that have one.
 */
keys: Array<[KeyRole, string]>, } | { "is": "changed", 
/**
 * All settings.
 */
settings: Settings, 
/**
 * As in the snapshot.
 */
keys: { [key in string]: KeyPlace }, };

export type Snapshot = { 
/**
 * What the app is doing.
 */
state: State, 
/**
 * The settings in force.
 */
settings: Settings, 
/**
 * Every engine and service there is.
 */
providers: Array<Profile>, 
/**
 * Providers that have a key for the host they are asked at.
 */
keys: { [key in string]: KeyPlace }, 
/**
 * Turns that a crash or a power cut left unfinished; they can be tried again.
 */
unfinished: Array<Entry>, 
/**
 * Turns that were stopped for want of a way to the services, which is there again; oldest first.
 */
waiting: Array<TurnId>, 
/**
 * The conversation that goes on, or the last one there was.
 */
conversation: ConversationId | null, 
/**
 * How those providers do that were asked in this run.
 */
standings: Array<Standing>, 
/**
 * Faults met while starting: an absent library, a hotkey that is taken.
 */
troubles: Array<Error>, 
/**
 * The microphone is open between presses, for the sound before the key.
 */
standby: boolean, };

export type ConversationId = number;

export type Conversation = { 
/**
 * Its number.
 */
id: ConversationId, 
/**
 * The person's name for it; empty until one is given.
 */
name: string, 
/**
 * How it began: the first 120 characters of the first words in it. What it is called by until it has a name.
 */
opening: string, 
/**
 * It stays for ever.
 */
starred: boolean, 
/**
 * Unix time in milliseconds of the first press; of its own beginning while it holds no turn.
 */
started: number, 
/**
 * Unix time in milliseconds of the last press; as `started` while it holds no turn.
 */
last: number, 
/**
 * How many turns it holds.
 */
turns: number, };

export type Entry = { 
/**
 * Which turn; later turns have higher numbers, whatever the clock did.
 */
id: TurnId, 
/**
 * Where it belongs.
 */
conversation: ConversationId, 
/**
 * When the key went down: RFC 3339, with the offset of that place and day.
 */
at: string, 
/**
 * What became of the words.
 */
mode: Mode, 
/**
 * Who spoke what.
 */
languages: LanguagePair, 
/**
 * What was understood.
 */
transcript: string, 
/**
 * What was answered.
 */
reply: string, 
/**
 * The part of the reply that was played.
 */
heard: string, 
/**
 * How it ended; `None` if it was still under way when the app ended.
 */
outcome: Outcome | null, 
/**
 * The stage that failed, if one did: where a retry begins.
 */
failed_stage: Stage | null, 
/**
 * How that stage failed.
 */
failed_kind: ErrorKind | null, 
/**
 * Provider of each stage that ran, in order.
 */
answered_by: Array<[Stage, string]>, 
/**
 * Every attempt that came to nothing, in order of time.
 */
tried: Array<Tried>, 
/**
 * What was used of whom.
 */
usage: Array<Usage>, 
/**
 * What was sent to whom, and what came back.
 */
traffic: Array<Traffic>, 
/**
 * Every mark that was reached, in order of time.
 */
marks: Array<Stamp>, 
/**
 * From `KeyUp` to `FirstAudio`, in milliseconds; absent if nothing was heard.
 */
release_to_first_audio_ms: number | null, 
/**
 * File name of the utterance within the journal, if it was recorded.
 */
recording: string | null, 
/**
 * It stays for ever.
 */
starred: boolean, };

export type Page = { 
/**
 * A turn's number, or a conversation's `last`; `None` begins at the newest.
 */
before: number | null, 
/**
 * How many at most; the store gives no more than 500 at once.
 */
most: number, };

export type Piece = { 
/**
 * Plain text; never markup.
 */
text: string, 
/**
 * This is what was searched for.
 */
hit: boolean, };

export type Found = { 
/**
 * Which turn.
 */
turn: TurnId, 
/**
 * Where it belongs.
 */
conversation: ConversationId, 
/**
 * When the key went down, RFC 3339.
 */
at: string, 
/**
 * The words are the reply's, not the transcript's.
 */
in_reply: boolean, 
/**
 * The place of the match as plain text, to be put side by side: about 120 characters.
 */
snippet: Array<Piece>, };

export type Unfinished = { 
/**
 * Turns that never ended, oldest first.
 */
turns: Array<Entry>, 
/**
 * File names of recordings in the journal that belong to no turn.
 */
recordings: Array<string>, };

export type ExportFormat = "markdown" | "json" | "srt";

export type Span = "day" | "week" | "month" | "all";

export type Spread = { 
/**
 * How many there are.
 */
count: number, 
/**
 * Half of them were no longer.
 */
p50: number, 
/**
 * 95 of 100.
 */
p95: number, 
/**
 * 99 of 100.
 */
p99: number, };

export type Figures = { 
/**
 * Turns that ended.
 */
turns: number, 
/**
 * From the key's release to the first sound of the reply; absent if none was heard.
 */
wait: Spread | null, 
/**
 * Who did what: by stage, and then whoever did most first.
 */
providers: Array<StageFigures>, 
/**
 * One after the other in time; a stretch without turns is not there.
 */
stretches: Array<Stretch>, 
/**
 * The ten longest waits, longest first.
 */
slowest: Array<SlowTurn>, 
/**
 * How many turns ended how, most first.
 */
outcomes: Array<[Outcome, number]>, };

export type StageFigures = { 
/**
 * Which stage.
 */
stage: Stage, 
/**
 * Who.
 */
provider: string, 
/**
 * How often it gave an answer.
 */
answered: number, 
/**
 * How often it was asked and failed, and how; most first.
 */
failed: Array<[ErrorKind, number]>, 
/**
 * Hear: from `KeyUp` to `SttFinal`. Think: from `SttFinal` to `FirstToken`. Speak: from `FirstPhrase` to
 * `TtsFirstByte`. Absent if no turn of it has both marks.
 */
wait: Spread | null, 
/**
 * The same one after the other in time, of those stretches in which it answered or failed.
 */
stretches: Array<Stretch>, };

export type Stretch = { 
/**
 * In the time of the place where it was: `2026-11-21T18`, `2026-11-21` or `2026-11`.
 */
of: string, 
/**
 * Turns that ended; of one provider, its answers and failures.
 */
turns: number, 
/**
 * Of them, those that failed.
 */
failed: number, 
/**
 * From the key's release to the first sound; of one provider, its wait.
 */
wait: Spread | null, };

export type SlowTurn = { 
/**
 * Which.
 */
turn: TurnId, 
/**
 * Where it belongs.
 */
conversation: ConversationId, 
/**
 * From the key's release to the first sound, in milliseconds.
 */
wait_ms: number, 
/**
 * What took longest of it, and for how many milliseconds.
 */
longest: [Stage, number] | null, };

export type SpentDay = { 
/**
 * In the time of the place where it was: `2026-11-21`.
 */
day: string, 
/**
 * US dollars by provider, whoever cost most first.
 */
by: Array<[string, number]>, 
/**
 * Pieces of work whose price is not known: the day cost more than this.
 */
unknown: number, };

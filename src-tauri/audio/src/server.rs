//! What a PulseAudio server (or PipeWire in its place) knows of our streams, and no host of cpal tells: which microphone
//! they hear, whether it is muted, which one the system prefers. Its own file because it is one small client of one
//! protocol: questions and answers over one socket, each with a deadline, so that a server that hangs is a server that
//! does not answer.

use crate::{
    hush::Loudness,
    witness::{Known, World},
};
use pulseaudio::protocol::{self as pulse, Command, CommandReply, Prop, Props, ProtocolError};
use std::{ffi::CString, io::BufReader, os::unix::net::UnixStream, time::Duration};

/// A server that is well answers within a few milliseconds, even under load.
const DEADLINE: Duration = Duration::from_millis(400);

/// A line to the server.
pub(crate) struct Server {
    line: BufReader<UnixStream>,
    version: u16,
    number: u32,
}

impl Server {
    /// This system may have one.
    pub(crate) const POSSIBLE: bool = true;

    /// None if there is no server, or it does not answer.
    pub(crate) fn connect() -> Option<Self> {
        let socket = UnixStream::connect(pulseaudio::socket_path_from_env()?).ok()?;
        socket.set_read_timeout(Some(DEADLINE)).ok()?;
        socket.set_write_timeout(Some(DEADLINE)).ok()?;
        let mut server = Self { line: BufReader::new(socket), version: pulse::MAX_VERSION, number: 0 };
        let cookie = pulseaudio::cookie_path_from_env().and_then(|path| std::fs::read(path).ok()).unwrap_or_default();
        let auth = pulse::AuthParams { version: server.version, supports_shm: false, supports_memfd: false, cookie };
        let reply: pulse::AuthReply = server.ask(&Command::Auth(auth)).ok()?;
        server.version = server.version.min(reply.version);
        let mut props = Props::new();
        props.set(Prop::ApplicationName, c"Wilco");
        let _: pulse::SetClientNameReply = server.ask(&Command::SetClientName(props)).ok()?;
        Some(server)
    }

    /// How things are now; none if it does not answer, and the line is of no more use.
    pub(crate) fn world(&mut self) -> Option<World> {
        // streams first: a server chooses anew before it moves them, so whoever sees a move sees its reason
        let streams: pulse::SourceOutputInfoList = self.ask(&Command::GetSourceOutputInfoList).ok()?;
        let sources: pulse::SourceInfoList = self.ask(&Command::GetSourceInfoList).ok()?;
        let about: pulse::ServerInfo = self.ask(&Command::GetServerInfo).ok()?;
        let ours = streams.iter().filter(|stream| is_ours(&stream.props)).max_by_key(|stream| stream.index);
        Some(World {
            stream: ours.map(|stream| (stream.index, stream.source_index)),
            sources: sources.into_iter().map(known).collect(),
            default: text(about.default_source_name.as_ref()),
        })
    }

    /// Has a recording stream hear another source.
    pub(crate) fn move_stream(&mut self, stream: u32, source: u32) -> bool {
        let to = pulse::MoveStreamParams { index: Some(stream), device_index: Some(source), device_name: None };
        self.send(&Command::MoveSourceOutput(to)).is_ok() && pulse::read_ack_message(&mut self.line).is_ok()
    }

    /// What other programs play, and how loud; none if it does not answer, and the line is of no more use.
    pub(crate) fn others(&mut self) -> Option<Vec<(u32, Loudness)>> {
        let streams: pulse::SinkInputInfoList = self.ask(&Command::GetSinkInputInfoList).ok()?;
        // what no program plays carries sound from one device to another
        let others = streams
            .iter()
            .filter(|one| !is_ours(&one.props) && one.client_index.is_some() && one.has_volume && one.volume_writable);
        let loudness = |one: &pulse::SinkInputInfo| one.cvolume.channels().iter().map(pulse::Volume::as_u32).collect();
        Some(others.map(|one| (one.index, loudness(one))).collect())
    }

    /// Makes what another program plays as loud as this.
    pub(crate) fn set_loudness(&mut self, stream: u32, loudness: &Loudness) -> bool {
        let mut volume = pulse::ChannelVolume::empty();
        for channel in loudness {
            volume.push(pulse::Volume::from_u32_clamped(*channel));
        }
        let to = pulse::SetStreamVolumeParams { index: stream, volume };
        self.send(&Command::SetSinkInputVolume(to)).is_ok() && pulse::read_ack_message(&mut self.line).is_ok()
    }

    fn ask<R: CommandReply>(&mut self, command: &Command) -> Result<R, ProtocolError> {
        self.send(command)?;
        Ok(pulse::read_reply_message(&mut self.line, self.version)?.1)
    }

    fn send(&mut self, command: &Command) -> Result<(), ProtocolError> {
        self.number = self.number.wrapping_add(1);
        pulse::write_command_message(self.line.get_mut(), self.number, command, self.version)
    }
}

fn known(source: pulse::SourceInfo) -> Known {
    let id = text(Some(&source.name));
    Known {
        index: source.index,
        label: source.description.as_ref().map_or_else(|| id.clone(), |label| text(Some(label))),
        id,
        muted: source.muted,
        monitor: source.monitor_of_sink_index.is_some(),
    }
}

fn is_ours(props: &Props) -> bool {
    let process = props.get(Prop::ApplicationProcessId).unwrap_or_default();
    let number = std::process::id().to_string();
    process.strip_suffix(b"\0").unwrap_or(process) == number.as_bytes()
}

fn text(name: Option<&CString>) -> String {
    name.map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}

//! What passes through a door, noted by host. Its own file because it limits nothing: the ledger is for the person to read.

use super::Door;
use futures_util::StreamExt;
use tokio::sync::oneshot;
use voice::{BoxStream, Error, Kind, PacketStream};

impl Door {
    /// The same sound; tells how many packets it was when it has ended.
    pub(super) fn counted(&self, sound: PacketStream, end: oneshot::Sender<u32>) -> PacketStream {
        let start = (sound, Some(end), 0u32, self.clone());
        Box::pin(futures_util::stream::unfold(start, |(mut sound, mut end, count, door)| async move {
            match sound.next().await {
                Some(packet) => {
                    door.ledger.sent(&door.host, packet.bytes.len());
                    Some((packet, (sound, end, count.saturating_add(1), door)))
                }
                None => {
                    // whoever asked may have gone
                    end.take().map(|end| end.send(count).ok());
                    None
                }
            }
        }))
    }

    /// The same pieces, each noted.
    pub(super) fn noted<T: Send + 'static>(
        &self,
        pieces: BoxStream<Result<T, Error>>,
        bytes: fn(&T) -> usize,
    ) -> BoxStream<Result<T, Error>> {
        let door = self.clone();
        Box::pin(pieces.inspect(move |piece| {
            if let Ok(piece) = piece {
                door.ledger.received(&door.host, bytes(piece));
            }
        }))
    }

    /// Notes a question of so many bytes.
    pub(super) fn asks(&self, kind: Kind, bytes: usize) {
        self.ledger.asked(&self.host, kind);
        self.ledger.sent(&self.host, bytes);
    }
}

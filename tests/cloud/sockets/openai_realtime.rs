//! OpenAI's Realtime socket: one session for many turns.

use super::{Meeting, transcript};
use peers::Script;

#[tokio::test]
async fn turns_share_a_session() {
    let script = Script::at_once();
    let said = script.transcript.clone();
    let meeting = Meeting::with("openai-realtime", script).await;
    for _ in 0..3 {
        assert_eq!(transcript(meeting.hear("en")).await.map(|(text, _)| text), Ok(said.clone()));
    }
    assert_eq!(meeting.sockets("/v1/realtime"), 1);
    meeting.town.is_content();
}

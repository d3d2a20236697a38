//! Names of hosts, and a memory for them: where the system's resolver fails or is slow, the address that was right last is
//! asked. Whose host that is, TLS checks as ever. Its own file because it is the only thing here that may be out of date.

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use std::{
    collections::HashMap,
    io,
    net::{SocketAddr, ToSocketAddrs},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};
use tokio::{task::JoinSet, time::timeout};

/// What is remembered is taken after this long (fault matrix, C4).
const PATIENCE: Duration = Duration::from_secs(1);
/// Nobody has accounts at more hosts.
const HOSTS: usize = 64;

type Ask = Arc<dyn Fn(&str) -> io::Result<Vec<SocketAddr>> + Send + Sync>;

/// A resolver that remembers.
#[derive(Clone)]
pub(crate) struct Names {
    ask: Ask,
    patience: Duration,
    known: Arc<Mutex<HashMap<String, Vec<SocketAddr>>>>,
}

impl Default for Names {
    fn default() -> Self {
        // whoever connects knows the port
        Self::asking(Arc::new(|name| Ok((name, 0).to_socket_addrs()?.collect())), PATIENCE)
    }
}

impl Names {
    fn asking(ask: Ask, patience: Duration) -> Self {
        Self { ask, patience, known: Arc::default() }
    }

    async fn addresses(&self, name: String) -> io::Result<Vec<SocketAddr>> {
        let (ask, of, mut asked) = (self.ask.clone(), name.clone(), JoinSet::new());
        asked.spawn_blocking(move || ask(&of));
        let known = self.known().get(&name).cloned();
        let answer = match timeout(self.patience, asked.join_next()).await {
            Ok(answer) => answer,
            Err(_) if known.is_some() => None,
            Err(_) => asked.join_next().await,
        };
        match (answer, known) {
            (Some(Ok(Ok(addresses))), _) if !addresses.is_empty() => {
                let mut all = self.known();
                if all.len() < HOSTS || all.contains_key(&name) {
                    all.insert(name, addresses.clone());
                }
                Ok(addresses)
            }
            (_, Some(known)) => Ok(known),
            (Some(Ok(Err(error))), None) => Err(error),
            _ => Err(io::Error::other("the resolver gave no address")),
        }
    }

    fn known(&self) -> std::sync::MutexGuard<'_, HashMap<String, Vec<SocketAddr>>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Resolve for Names {
    fn resolve(&self, name: Name) -> Resolving {
        let this = self.clone();
        Box::pin(async move {
            let addresses = this.addresses(name.as_str().to_owned()).await?;
            Ok(Box::new(addresses.into_iter()) as Addrs)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc;

    fn address() -> SocketAddr {
        SocketAddr::from(([192, 0, 2, 7], 0))
    }

    /// A resolver that gives what is sent to it, and fails where nobody sends any more.
    fn names(patience: Duration) -> (mpsc::SyncSender<Vec<SocketAddr>>, Names) {
        let (answer, answers) = mpsc::sync_channel(2);
        let answers = Mutex::new(answers);
        let ask = move |_: &str| answers.lock().unwrap().recv().map_err(|_| io::Error::other("down"));
        (answer, Names::asking(Arc::new(ask), patience))
    }

    #[tokio::test]
    async fn a_name_that_was_right_once_outlives_its_resolver() {
        let (answer, names) = names(PATIENCE);
        answer.send(vec![address()]).unwrap();
        answer.send(Vec::new()).unwrap();
        drop(answer);
        // found, not found, and not even looked for
        for _ in 0..3 {
            assert_eq!(names.addresses("a.example".into()).await.unwrap(), [address()]);
        }
        assert!(names.addresses("b.example".into()).await.is_err(), "nothing is made up for another");
    }

    #[tokio::test]
    async fn a_slow_resolver_is_waited_for_only_where_nothing_is_known() {
        let (answer, names) = names(Duration::from_millis(20));
        answer.send(vec![address()]).unwrap();
        assert_eq!(names.addresses("a.example".into()).await.unwrap(), [address()]);
        assert_eq!(names.addresses("a.example".into()).await.unwrap(), [address()], "it never answers");
        drop(answer);
    }
}

//! Whether a service's host is there at all: its name, its certificate, its clock. Its own file because it asks for nothing
//! that needs a key, and so carries none.

use crate::{Table, fault, vendor};
use reqwest::header::DATE;
use std::time::Duration;
use tokio::time::timeout;
use voice::{Account, Error, ErrorKind, Network};

/// A host that says nothing for so long is not there.
const PATIENCE: Duration = Duration::from_secs(5);

impl Table {
    /// Asks the host of `name` whether it is there; any answer will do. Gives the date that it says, as HTTP writes dates.
    ///
    /// # Errors
    /// `Offline`, `Unreachable`, `Untrusted`, `WrongClock`, `ProxyRefused`, `TimedOut`, `BadSetting`; `Unsupported` where
    /// only this machine may be asked, or it has no address of the web.
    pub async fn reach(&self, name: &str, account: &Account, network: &Network) -> Result<Option<String>, Error> {
        let (row, url) = self.address(name, account)?;
        let here = vendor::is_here(&url);
        if network.local_only && !here {
            return Err(Error::new(ErrorKind::Unsupported, row, "only this computer may be asked."));
        }
        let asked = self.net(network, here)?.http.head(url.origin().ascii_serialization()).send();
        let late = |_| Error::new(ErrorKind::TimedOut, row, "it did not answer within 5 s.");
        let answer = timeout(PATIENCE, asked).await.map_err(late)?;
        let answer = answer.map_err(|error| fault::transport(row, &error))?;
        Ok(answer.headers().get(DATE).and_then(|date| date.to_str().ok()).map(str::to_owned))
    }
}

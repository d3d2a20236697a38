//! The password of the proxy on its way between keyring and connections. Its own file because it belongs to no provider.

use super::Keys;
use voice::{Error, Secret, Settings};

/// Whose name it has in the keyring.
const PROXY: &str = "proxy";

impl Keys {
    /// Keeps the password of the proxy in the keyring, and uses it from now on; an empty one is forgotten.
    ///
    /// # Errors
    /// Those of the keyring: nothing was kept, and nothing is used.
    pub async fn set_proxy_password(&self, settings: &Settings, password: Secret) -> Result<(), Error> {
        let proxy = &settings.network.proxy;
        if password.is_empty() {
            self.table.give_proxy_password(None);
            return self.keyring.delete(PROXY, proxy).await;
        }
        self.keyring.set(PROXY, proxy, password.clone()).await?;
        self.table.give_proxy_password(Some(password));
        Ok(())
    }

    /// Looks for the password of the proxy, if it has a name there and was not looked for before.
    pub(super) async fn read_proxy(&self, settings: &Settings) -> Result<bool, Error> {
        let network = &settings.network;
        if network.proxy_user.is_empty() || network.proxy.is_empty() || !self.remember(PROXY, &network.proxy) {
            return Ok(false);
        }
        let password = self.keyring.get(PROXY, &network.proxy).await?;
        let found = password.is_some();
        self.table.give_proxy_password(password);
        Ok(found)
    }
}

//! Tauri's build step. The capabilities are pointed at, because they lie with the Rust code and not beside the manifest.

fn main() {
    let attributes = tauri_build::Attributes::new()
        .capabilities_path_pattern("./src-tauri/capabilities/**/*")
        .app_manifest(tauri_build::AppManifest::new().commands(&[
            "attach",
            "watch",
            "rest_keys",
            "try_key",
            "watch_keys",
            "unwatch_keys",
            "key_backend",
            "order",
            "set_key",
            "forget_key",
            "test_provider",
            "offers",
            "conversations",
            "turns",
            "search",
            "figures",
            "spent",
            "rename",
            "star",
            "delete_turn",
            "export_turn",
            "delete_conversation",
            "export",
            "trial",
            "hear_voice",
            "listen",
            "stop_trying",
            "devices",
            "reached",
            "forget_everything",
            "export_all",
            "import_history",
            "set_proxy_password",
            "check_everything",
            "support",
            "version",
        ]));
    if let Err(error) = tauri_build::try_build(attributes) {
        println!("cargo::error={error:#}");
    }
}

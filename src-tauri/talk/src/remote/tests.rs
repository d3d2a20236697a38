//! Both ends together, over a real socket in a folder of its own.

use super::*;
use std::{
    fs,
    io::{BufRead, BufReader, Write},
    os::unix::{
        fs::{PermissionsExt, symlink},
        net::{UnixListener, UnixStream},
    },
    path::{Path, PathBuf},
    sync::{Arc, Mutex},
};
use tempfile::TempDir;
use tokio::task::{AbortHandle, JoinSet, spawn_blocking};

struct Served {
    _folder: TempDir,
    path: PathBuf,
    calls: Arc<Mutex<Vec<Call>>>,
    serving: AbortHandle,
    _owner: JoinSet<std::io::Result<()>>,
}

async fn served() -> Served {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("wilco/app.sock");
    serve_at(folder, path).await
}

async fn serve_at(folder: TempDir, path: PathBuf) -> Served {
    let calls: Arc<Mutex<Vec<Call>>> = Arc::default();
    let (seen, at) = (calls.clone(), path.clone());
    let act: Act = Arc::new(move |call| {
        seen.lock().unwrap().push(call);
        Box::pin(async { Answer::Done })
    });
    let mut owner = JoinSet::new();
    let serving = owner.spawn(async move { serve(&at, act).await });
    while !serving.is_finished() && UnixStream::connect(&path).is_err() {
        tokio::task::yield_now().await;
    }
    Served { _folder: folder, path, calls, serving, _owner: owner }
}

/// What comes back for `said`, line by line.
async fn said(path: &Path, said: &'static [u8]) -> Vec<String> {
    let path = path.to_owned();
    let talking = move || {
        let mut line = UnixStream::connect(path).unwrap();
        line.write_all(said).unwrap();
        line.shutdown(std::net::Shutdown::Write).unwrap();
        BufReader::new(line).lines().map_while(Result::ok).collect()
    };
    spawn_blocking(talking).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_arrives_as_it_was_made_and_is_answered() {
    let served = served().await;
    let calls = [Call::Press { other: true }, Call::Release, Call::Ask { text: "what\n\"time\"?".into() }, Call::Show];
    for call in calls.clone() {
        let path = served.path.clone();
        let answer = spawn_blocking(move || ask(&path, &call)).await.unwrap();
        assert_eq!(answer.unwrap(), Answer::Done);
    }
    assert_eq!(*served.calls.lock().unwrap(), calls);
}

#[tokio::test(flavor = "multi_thread")]
async fn only_the_person_can_come_in() {
    let served = served().await;
    // whoever is answered came after the door was closed to others
    assert_eq!(said(&served.path, b"\n").await.len(), 1);
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(served.path.parent().unwrap()), 0o700);
    assert_eq!(mode(&served.path), 0o600);
}

#[tokio::test(flavor = "multi_thread")]
async fn nonsense_is_answered_and_the_next_call_is_heard() {
    let served = served().await;
    let answers =
        said(&served.path, b"\x00\xff{{\n{\"call\":\"format_disk\"}\n{\"call\":\"ask\"}\n{\"call\":\"release\"}").await;
    assert_eq!(answers.len(), 4, "{answers:?}");
    assert!(answers[..3].iter().all(|answer| answer.contains("refused")), "{answers:?}");
    assert_eq!(*served.calls.lock().unwrap(), [Call::Release]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_line_without_end_is_not_read_to_its_end() {
    let served = served().await;
    let path = served.path.clone();
    let told = spawn_blocking(move || {
        let mut line = UnixStream::connect(path).unwrap();
        let megabyte = vec![b'x'; 1 << 20];
        // it may hang up before all is said
        line.write_all(&megabyte).ok();
        let mut told = String::new();
        BufReader::new(line).read_line(&mut told).ok();
        told
    });
    let told = told.await.unwrap();
    assert!(told.is_empty() || told.contains("too long"), "{told}");
    assert_eq!(said(&served.path, b"{\"call\":\"release\"}\n").await.len(), 1, "others are still heard");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_dead_app_left_is_replaced_and_a_living_one_is_not() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("wilco/app.sock");
    fs::create_dir(path.parent().unwrap()).unwrap();
    drop(UnixListener::bind(&path).unwrap());
    assert!(UnixStream::connect(&path).is_err() && path.exists());
    let served = serve_at(folder, path.clone()).await;
    let asked = spawn_blocking({
        let path = path.clone();
        move || ask(&path, &Call::Status)
    });
    assert_eq!(asked.await.unwrap().unwrap(), Answer::Done);

    let second = serve(&path, Arc::new(|_| Box::pin(async { Answer::Done }))).await;
    assert_eq!(second.unwrap_err().kind(), std::io::ErrorKind::AddrInUse);
    assert!(!served.serving.is_finished());
}

#[tokio::test]
async fn a_folder_that_leads_elsewhere_and_a_file_that_is_no_socket_are_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let act = || -> Act { Arc::new(|_| Box::pin(async { Answer::Done })) };
    symlink("/tmp", folder.path().join("link")).unwrap();
    assert!(serve(&folder.path().join("link/app.sock"), act()).await.is_err());
    let file = folder.path().join("own/app.sock");
    fs::create_dir(folder.path().join("own")).unwrap();
    fs::write(&file, "precious").unwrap();
    assert!(serve(&file, act()).await.is_err());
    assert_eq!(fs::read_to_string(&file).unwrap(), "precious");
}

#[test]
fn without_an_app_that_is_said_so() {
    let folder = tempfile::tempdir().unwrap();
    assert!(matches!(ask(&folder.path().join("app.sock"), &Call::Show), Err(Unanswered::NotRunning)));
}

-- The database as version 6 leaves it. What once was shipped is never changed.
PRAGMA application_id = 0x57494c43;
PRAGMA user_version = 6;
CREATE TABLE conversations (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL DEFAULT '',
    starred INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE TABLE turns (
    id INTEGER PRIMARY KEY,
    conversation INTEGER NOT NULL REFERENCES conversations (id),
    at TEXT NOT NULL,
    mode TEXT NOT NULL,
    mine TEXT NOT NULL,
    theirs TEXT NOT NULL,
    transcript TEXT NOT NULL,
    reply TEXT NOT NULL,
    heard TEXT,
    outcome TEXT,
    failed_stage TEXT,
    failed_kind TEXT,
    answered_by TEXT NOT NULL,
    marks TEXT NOT NULL,
    release_to_first_audio_ms REAL,
    recording TEXT,
    starred INTEGER NOT NULL DEFAULT 0,
    tried TEXT NOT NULL DEFAULT '[]',
    usage TEXT NOT NULL DEFAULT '[]',
    traffic TEXT NOT NULL DEFAULT '[]'
) STRICT;
CREATE INDEX turns_of ON turns (conversation, id);
CREATE INDEX turns_unended ON turns (id) WHERE outcome IS NULL;
CREATE INDEX turns_recorded ON turns (recording) WHERE recording IS NOT NULL;
CREATE TABLE spent (
    id INTEGER PRIMARY KEY,
    day TEXT NOT NULL,
    provider TEXT NOT NULL,
    usd REAL,
    unknown INTEGER NOT NULL,
    UNIQUE (day, provider)
) STRICT;
CREATE TABLE reached (
    id INTEGER PRIMARY KEY,
    host TEXT NOT NULL UNIQUE,
    kinds TEXT NOT NULL,
    calls INTEGER NOT NULL,
    sent INTEGER NOT NULL,
    received INTEGER NOT NULL,
    last_ms INTEGER NOT NULL
) STRICT;
CREATE VIRTUAL TABLE words USING fts5 (
    transcript, reply, content = 'turns', content_rowid = 'id',
    tokenize = 'trigram case_sensitive 0 remove_diacritics 1'
);
INSERT INTO words (words, rank) VALUES ('secure-delete', 1);
CREATE TRIGGER turns_come AFTER INSERT ON turns WHEN new.outcome IS NOT NULL BEGIN
    INSERT INTO words (rowid, transcript, reply) VALUES (new.id, new.transcript, new.reply);
END;
CREATE TRIGGER turns_go AFTER DELETE ON turns WHEN old.outcome IS NOT NULL BEGIN
    INSERT INTO words (words, rowid, transcript, reply) VALUES ('delete', old.id, old.transcript, old.reply);
END;
CREATE TRIGGER turns_change AFTER UPDATE OF transcript, reply, outcome ON turns
WHEN (old.outcome IS NULL) <> (new.outcome IS NULL) OR old.transcript <> new.transcript OR old.reply <> new.reply BEGIN
    INSERT INTO words (words, rowid, transcript, reply)
        SELECT 'delete', old.id, old.transcript, old.reply WHERE old.outcome IS NOT NULL;
    INSERT INTO words (rowid, transcript, reply)
        SELECT new.id, new.transcript, new.reply WHERE new.outcome IS NOT NULL;
END;
INSERT INTO words (words) VALUES ('rebuild');
INSERT INTO conversations VALUES (1700000000000, 'Погода', 1);
INSERT INTO turns VALUES (1700000000000, 1700000000000, '2023-11-15T01:13:20+03:00', 'translate', 'ru', 'en',
    'Завтра будет дождь?', 'Will it rain tomorrow?', 'Will it rain', 'done', NULL, NULL,
    '[["hear","ear"],["think","mind"]]', '[{"mark":"key_down","ms":0.0},{"mark":"key_up","ms":900.5}]', 412.5,
    '20231115-011320-000.ogg', 0,
    '[{"stage":"hear","provider":"other","failed":"timed_out","after_ms":900.0}]',
    '[{"stage":"hear","provider":"ear","seconds":1.5,"tokens_in":0,"tokens_out":0,"characters":0,"voice_seconds":0.0,"usd":0.00025}]',
    '[{"stage":"hear","provider":"ear","sent":6200,"received":18}]');
INSERT INTO turns VALUES (1700000001000, 1700000000000, '2023-11-15T01:13:21+03:00', 'chat', 'ru', 'en', 'И ещё', '', '',
    NULL, NULL, NULL, '[]', '[]', NULL, NULL, 0, '[]', '[]', '[]');
INSERT INTO spent VALUES (1, '2023-11-15', 'ear', 0.25, 0), (2, '2023-11-15', 'mind', NULL, 3);
INSERT INTO reached VALUES (1, 'ear.example', '["hear"]', 2, 300, 40, 1700000000000);

"""Every setting in one table: name, default, help. The environment is read once, here (`ADUAN_…`)."""

from functools import cached_property
from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from schemas.errors import SettingsError
from schemas.topics import Topics


class Settings(BaseSettings):
    """All settings. `docs/settings.md` lists each one, and a test fails if one is missing there."""

    model_config = SettingsConfigDict(env_prefix="ADUAN_", frozen=True, extra="ignore")

    namespace: str = Field("", pattern=r"^[a-z0-9]*$", description="Prefix of every topic, group and index name.")
    data_dir: Path = Field(Path(".aduan"), description="Folder of claims, blobs, keyring, logs and local engines.")
    secret: SecretStr = Field(SecretStr(""), description="Secret of the installation: ids and receipts derive from it.")

    kafka_bootstrap: str = Field("127.0.0.1:9092", description="Kafka brokers, comma separated.")
    kafka_security_protocol: Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"] = Field(
        "PLAINTEXT", description="How to speak to Kafka."
    )
    kafka_ca_file: Path | None = Field(None, description="CA certificate for TLS to Kafka.")
    kafka_sasl_mechanism: Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] = Field(
        "SCRAM-SHA-512", description="SASL mechanism, where the security protocol uses SASL."
    )
    kafka_username: str = Field("", description="SASL user name.")
    kafka_password: SecretStr = Field(SecretStr(""), description="SASL password.")
    partitions: int = Field(4, ge=1, le=1000, description="Partitions of every topic of the flow; never changed later.")
    replication: int = Field(1, ge=1, le=9, description="Replication factor of the topics that `aduan topics` creates.")
    epoch: int = Field(1, ge=1, description="Epoch of complaints.cases; raised only when the topic is migrated.")
    retention_days_raw: int = Field(30, ge=1, description="Days that received and classified topics are kept.")
    retention_days_log: int = Field(90, ge=1, description="Days that complaints.cases and dead letters are kept.")
    retention_days_submitted: int = Field(
        3, ge=1, description="Days that complaints.submitted, which is in plain text, is kept."
    )
    retention_days_admissions: int = Field(7, ge=1, description="Days that complaints.admissions is kept.")
    admission_signed: bool = Field(
        False, description="Take only submissions that are signed with their adapter's token (docs/adapters.md)."
    )
    admission_run: int = Field(
        50, ge=1, description="Invalid submissions in a row that suspend an adapter of complaints.submitted."
    )
    admission_ratio: float = Field(
        0.5, gt=0, le=1, description="Share of invalid ones among its last 200 submissions that suspends an adapter."
    )

    elasticsearch_url: str = Field("http://127.0.0.1:9200", description="Elasticsearch or OpenSearch.")
    elasticsearch_api_key: SecretStr = Field(SecretStr(""), description="API key for the search engine.")
    elasticsearch_username: str = Field("", description="User name for the search engine, instead of an API key.")
    elasticsearch_password: SecretStr = Field(SecretStr(""), description="Password of that user.")
    elasticsearch_ca_file: Path | None = Field(None, description="CA certificate for TLS to the search engine.")
    index_shards: int = Field(1, ge=1, description="Primary shards of a new generation of the index.")
    index_replicas: int = Field(0, ge=0, description="Replicas of a new generation of the index.")
    index_refresh: str = Field("1s", description="Refresh interval of the index.")

    intake_host: str = Field("127.0.0.1", description="Address that the HTTP intake binds to.")
    intake_port: int = Field(8080, ge=0, le=65535, description="Port of the HTTP intake (JSON, form, webhooks).")
    mail_in_host: str = Field("127.0.0.1", description="Address that the mail receiver binds to.")
    mail_in_port: int = Field(2525, ge=0, le=65535, description="Port of the mail receiver.")
    mail_in_protocol: Literal["smtp", "lmtp"] = Field("smtp", description="What the mail receiver speaks.")
    mail_in_accounts: str = Field("pengaduan@aduan.example", description="Mailboxes it takes mail for, by comma.")
    portal_host: str = Field("127.0.0.1", description="Address that the search API binds to.")
    portal_port: int = Field(8081, ge=0, le=65535, description="Port of the search API.")
    stale_hours: float = Field(24.0, gt=0, description="Hours without a change after which searches say: stale data.")
    tokens_file: Path | None = Field(None, description="File of hashed API tokens; default: tokens.json in data_dir.")
    meta_app_secret: SecretStr = Field(SecretStr(""), description="Secret that signs Meta webhooks; empty: refuse all.")
    meta_verify_token: SecretStr = Field(SecretStr(""), description="Token that Meta sends when it subscribes.")
    meta_tokens: SecretStr = Field(
        SecretStr(""), description="Access tokens to answer with: ACCOUNT=TOKEN by comma, or one for all; empty: none."
    )
    meta_url: str = Field("https://graph.facebook.com/v26.0", description="Meta's Graph API with its version.")
    telegram_secret: SecretStr = Field(
        SecretStr(""), description="secret_token of the Telegram bot's webhook; empty: refuse all."
    )
    telegram_token: SecretStr = Field(SecretStr(""), description="Token of the Telegram bot, to answer with.")
    telegram_url: str = Field("https://api.telegram.org", description="Telegram's Bot API.")
    mastodon_url: str = Field("", description="Instance of our Mastodon account, e.g. https://sosial.example.")
    mastodon_token: SecretStr = Field(SecretStr(""), description="Its access token: reads mentions, writes answers.")
    x_user_id: str = Field("", pattern=r"^[0-9]{0,20}$", description="Number of our account on X.")
    x_bearer_token: SecretStr = Field(SecretStr(""), description="Bearer token of our app on X: reads mentions.")
    x_api_key: SecretStr = Field(SecretStr(""), description="API key of our app on X: answers, with the three below.")
    x_api_secret: SecretStr = Field(SecretStr(""), description="API key secret of our app on X.")
    x_access_token: SecretStr = Field(SecretStr(""), description="Access token of our account on X.")
    x_access_secret: SecretStr = Field(SecretStr(""), description="Access token secret of our account on X.")
    x_url: str = Field("https://api.x.com", description="X's API.")
    social_poll_seconds: float = Field(
        60.0, gt=0, le=3600, description="Seconds between looks at platforms that are polled (Mastodon, X)."
    )
    social_timeout: float = Field(10.0, gt=0, le=60, description="Seconds that a platform has for each answer.")
    publish_timeout: float = Field(6.0, gt=0, le=60, description="Seconds a door waits for Kafka before it says no.")
    attachments_max: int = Field(10, ge=0, le=100, description="Attachments that a door takes with one complaint.")
    attachment_bytes: int = Field(10_000_000, ge=1, description="Largest attachment in bytes.")
    attachments_bytes: int = Field(25_000_000, ge=1, description="All attachments of one complaint together, in bytes.")
    attachments_keep_refused: bool = Field(
        True, description="Whether a refused file of a mail or post stays sealed in the blob store; it is never served."
    )
    attachment_seconds: float = Field(10.0, gt=0, description="Seconds in which one attachment must be looked through.")
    blobs_url: str = Field("", description="Bucket of attachments, s3://bucket/prefix; empty: a folder in data_dir.")
    blobs_endpoint: str = Field("", description="URL of the S3-compatible service; empty: that of AWS.")
    blobs_region: str = Field("us-east-1", description="Region of that service.")
    blobs_access_key: SecretStr = Field(SecretStr(""), description="Access key for the bucket.")
    blobs_secret_key: SecretStr = Field(SecretStr(""), description="Secret key for the bucket.")
    blobs_ca_file: Path | None = Field(None, description="CA certificate for TLS to that service.")
    blobs_timeout: float = Field(3.0, gt=0, le=60, description="Seconds that the service has for each answer.")
    clamd: str = Field("", description="Malware scanner: host:port or socket path of clamd; empty: none.")
    clamd_timeout: float = Field(15.0, gt=0, le=120, description="Seconds that clamd has for one file.")
    files_url: str = Field("", description="Origin that attachments are served on, e.g. https://berkas.x.go.id.")
    intake_rate: str = Field("30/minute", description="Requests to the HTTP intake per client address, e.g. 30/minute.")
    intake_rate_adapter: str = Field("2000/second", description="Requests to the HTTP intake per adapter token.")
    intake_rate_webhook: str = Field("500/second", description="Webhook calls to the HTTP intake per client address.")
    intake_rate_reader: str = Field("120/minute", description="Lookups of cases on the intake per client address.")
    intake_rate_clerk: str = Field("120/minute", description="Complaints and pages of the counter per staff token.")
    open311_jurisdiction: str = Field("", description="The only jurisdiction_id that Open311 takes; empty: any.")
    intake_proxies: str = Field("", description="Addresses of reverse proxies whose X-Forwarded-For counts, by comma.")
    intake_form_seconds: float = Field(
        2.0, ge=0, description="Seconds a person needs for the form at least; faster ones are asked to send again."
    )
    intake_body_seconds: float = Field(30.0, gt=0, description="Seconds in which the body of a request must arrive.")
    mail_in_connections: int = Field(50, ge=1, description="SMTP connections that the mail receiver holds at once.")
    mail_in_timeout: float = Field(300.0, gt=0, description="Seconds in which an SMTP command or mail must arrive.")

    mail_in_tls_cert: Path | None = Field(None, description="Certificate chain (PEM) with which it offers STARTTLS.")
    mail_in_tls_key: Path | None = Field(None, description="Private key of that certificate (PEM).")
    mail_in_require_tls: bool = Field(False, description="Take mail only after STARTTLS; needs a certificate.")

    imap_host: str = Field("", description="IMAP server whose mailbox is read; empty: none.")
    imap_port: int = Field(993, ge=1, le=65535, description="Port of the IMAP server (993 for TLS, 143 for STARTTLS).")
    imap_tls: Literal["implicit", "starttls", "none"] = Field(
        "implicit", description="TLS from the first byte, by STARTTLS, or none: that only to a loopback address."
    )
    imap_ca_file: Path | None = Field(None, description="CA certificate for TLS to the IMAP server.")
    imap_username: str = Field("", description="User name at the IMAP server.")
    imap_password: SecretStr = Field(SecretStr(""), description="Password of that user.")
    imap_token_file: Path | None = Field(
        None, description="File with an OAuth2 access token, read afresh at each login; instead of a password."
    )
    imap_folder: str = Field("INBOX", min_length=1, description="Folder of that user that is read.")
    imap_account: str = Field("", description="Our address that it stands for; default: the user name if it is one.")
    imap_refused_folder: str = Field("", description="Where mails that can't be taken are moved; empty: only flagged.")
    imap_idle: float = Field(540.0, ge=1, le=1740, description="Seconds after which IDLE is given again (RFC 2177).")
    imap_poll: float = Field(30.0, ge=1, description="Seconds between looks at a server that has no IDLE.")
    imap_timeout: float = Field(30.0, gt=0, le=300, description="Seconds that the IMAP server has for each answer.")

    mail_out_host: str = Field("127.0.0.1", description="SMTP server that outgoing mail is handed to.")
    mail_out_port: int = Field(3025, ge=1, le=65535, description="Port of that server.")
    mail_out_tls: Literal["none", "starttls", "implicit"] = Field("none", description="TLS to that server.")
    mail_out_ca_file: Path | None = Field(None, description="CA certificate for TLS to that server.")
    mail_out_username: str = Field("", description="User name at that server; empty: no login.")
    mail_out_password: SecretStr = Field(SecretStr(""), description="Password of that user.")
    mail_out_bounces: str = Field(
        "",
        description="Envelope sender of automatic answers; empty: none, as RFC 3834 asks (GreenMail can't take that).",
    )
    mail_from: str = Field("aduan@aduan.example", description="Sender of outgoing mail.")
    mail_out_timeout: float = Field(10.0, gt=0, le=60, description="Seconds that the mail server has for each answer.")
    public_url: str = Field("http://127.0.0.1:8080", description="Where reporters open the form and tracking pages.")
    acknowledge_within: float = Field(
        259_200.0, gt=0, description="Seconds after which a complaint that was not acknowledged yet never will be."
    )
    acknowledge_give_up: float = Field(
        172_800.0,
        gt=0,
        description="Seconds for which an answer is tried again that its address does not take; then: dead letter.",
    )
    portal_url: str = Field("http://127.0.0.1:8081", description="Where staff open the portal; mails link there.")
    escalation_sweep: float = Field(15.0, gt=0, description="Seconds between searches for cases that are due.")
    escalation_unacknowledged: float = Field(
        900.0, gt=0, description="Seconds after which an urgent case that nobody took goes to the next contact."
    )
    escalation_missed: float = Field(
        60.0, gt=0, description="Seconds after which an urgent case without an escalation counts as missed."
    )
    escalation_overdue: float = Field(
        86_400.0, gt=0, description="Seconds between two escalations of a case that is past its deadline."
    )
    reopen_within: float = Field(
        259_200.0,
        ge=0,
        description="Seconds after its resolution in which an answer opens a case again; later: a new complaint.",
    )

    health_host: str = Field("127.0.0.1", description="Address of a process's health endpoint.")
    health_port: int = Field(0, ge=0, le=65535, description="Port of /healthz and /metrics of a process; 0: none.")

    model_file: Path | None = Field(
        None, description="Model that classifies; default: models/current.npz in data_dir if there, else Aduan's own."
    )
    model_shadow: Path | None = Field(
        None, description="Model that answers beside it without effect; `aduan model shadow` shows where they differ."
    )
    worker_batch: int = Field(500, ge=1, le=10_000, description="Complaints a stream worker takes at once.")
    worker_stall_seconds: float = Field(60.0, gt=0, description="No commit while behind for so long ends a worker.")
    session_timeout: float = Field(10.0, ge=6, description="Seconds after which Kafka gives up a silent worker.")
    poison_limit: int = Field(100, ge=1, description="Invalid messages in a row on our own topics that stop a stage.")
    supervisor_failures: int = Field(10, ge=1, description="So often a process may end before `aduan run` gives up.")
    supervisor_window: float = Field(300.0, gt=0, description="Seconds within which those endings count.")

    @cached_property
    def topics(self) -> Topics:
        """The topic names of this installation."""
        return Topics(namespace=self.namespace)

    @cached_property
    def mailboxes(self) -> tuple[str, ...]:
        """The mailboxes that mail is taken for, lower case; the first is the one that answers name."""
        return tuple(one for part in self.mail_in_accounts.split(",") if (one := part.strip().lower()))

    def group(self, stage: str) -> str:
        """Name of the consumer group of a stage, e.g. `aduan.classify.urgent`."""
        return f"{self.namespace}.aduan.{stage}" if self.namespace else f"aduan.{stage}"

    def index(self, name: str) -> str:
        """Name of an index or alias of this installation, e.g. `aduan-complaints`."""
        return f"{self.namespace}-aduan-{name}" if self.namespace else f"aduan-{name}"

    def require_secret(self) -> bytes:
        """The installation's secret, or SettingsError that says how to make one."""
        value = self.secret.get_secret_value()
        if len(value) < 32:  # noqa: PLR2004 - 128 bits as hex
            raise SettingsError(
                "ADUAN_SECRET is missing or shorter than 32 characters; make one with: "
                "python3 -c 'import secrets; print(secrets.token_hex(32))'"
            )
        return value.encode()


def load_settings(**overrides: object) -> Settings:
    """Read the environment; raise SettingsError that names the wrong variable and what it must be."""
    try:
        return Settings(**overrides)  # type: ignore[arg-type]
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        name = "ADUAN_" + "_".join(str(part) for part in first["loc"]).upper()
        raise SettingsError(f"{name}: {first['msg']} (see docs/settings.md)") from None

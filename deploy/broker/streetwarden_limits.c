/* Streetwarden's limits for devices, as a plugin of Mosquitto 2.0 (plugin interface version 5).
 *
 * Mosquitto acknowledges a message and then drops it when its receiver's queue is full, and it has no limit per account.
 * This plugin refuses instead, before the acknowledgement: what is not acknowledged stays with the device.
 *
 *   topics    a device writes sw/1/{its district}/{kind}/{its id}/{a stream of its kind} and subscribes to what it may hear
 *   sizes     per stream
 *   rates     messages and bytes a second for each account, with a burst
 *   memory    past a bound on the broker's heap no device is taken from; it is let in again when there is room
 *   sessions  one that is away and no consumer gets at most so many bytes, and is listed; a command can remove it
 *   retained  only streams that are marked so; the flag is cleared on others
 *   connects  for each address, before a password is hashed; a pause for who guesses an account's password
 *   saving    of what waits: when something changed, and so seldom that it takes no more than a tenth of the time
 *
 * All limits are data: the file named by `plugin_opt_limits`, which deploy/servers/broker_limits.py writes (ADR 0101).
 * Everything runs on the broker's one thread.
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <signal.h>
#include <time.h>
#include <unistd.h>
#ifdef __GLIBC__
#include <malloc.h>
#endif

#include <mosquitto.h>
#include <mosquitto_broker.h>
#include <mosquitto_plugin.h>

#define STREAMS 16
#define KINDS 16
#define LISTED 50          /* absent sessions named in the report */
#define MESSAGE_BYTES 380  /* what Mosquitto needs for a message beside its payload, measured */
#define FULL_PAUSE_S 2.0   /* before a device that met a full broker may come again */
#define GUESSES 5          /* wrong passwords for an account from one address before there is a pause */
#define LONGEST_PAUSE_S 60.0
#define REPORT_TOPIC "$SYS/broker/streetwarden/limits"
#define SESSIONS_TOPIC "$SYS/broker/streetwarden/sessions"

enum refusal { TOPIC, SIZE, RATE, MEMORY, SUBSCRIPTION, CONNECT, SESSION, REFUSALS };
static const char *const REFUSAL_NAMES[] = {"topic", "size", "rate", "memory", "subscription", "connect", "session"};

struct stream { char name[24]; uint32_t largest; bool retained; };
struct kind { char name[24]; double messages, burst, bytes, burst_bytes; uint32_t streams; };
struct bucket { double tokens, at; };

struct account {  /* a device that may connect */
	char *user, *prefix;  /* prefix: sw/1/350582/vehicle/v001/ */
	size_t prefix_length;
	const struct kind *kind;
	struct bucket messages, bytes;
	double banned_until;
	struct account *next;
};

struct session {  /* one that messages are meant for */
	char *id;
	const struct mosquitto *client;
	bool online, consumer;
	double away_since;
	uint64_t messages, bytes, withheld;
	struct session *next;
};

/* An account, and an address that has tried its password: a guess from elsewhere makes its owner wait for nothing. */
struct guess { uint32_t user, address; int wrong; double until; };

struct address { char text[64]; struct bucket connects; struct address *next; };

#define SLOTS 4096
static struct {
	struct stream streams[STREAMS];
	struct kind kinds[KINDS];
	int stream_count, kind_count;
	struct account *accounts[SLOTS];
	struct session *sessions[SLOTS];
	struct address *addresses[SLOTS];
	struct guess guesses[SLOTS];      /* a pair takes the place of another with the same slot */
	int address_count;
	uint64_t memory, absent_bytes;    /* bounds, bytes */
	double connects, connect_burst;   /* per second, and at once */
	double save_s;                    /* shortest time between two saves; 0: Mosquitto's own interval holds */
	char token[128];                  /* lets a command remove a session; empty: nothing does */
} limits;

static struct {
	uint64_t refused[REFUSALS], cleared;
	uint64_t heap, since;             /* measured, and taken in since then */
	int unsaved;                      /* saves still due: one more than changes, for what was delivered since */
	bool full, told;
	double measured_at, reported_at, saved_at, save_took, saving_since;
	const struct mosquitto *removing;
	const struct mosquitto *asking;   /* whose password is being checked, or was the last to be */
	struct guess *asked;
} now_;

static mosquitto_plugin_id_t *plugin_id;
static char *limits_file;

static double now_s(void)
{
	struct timespec time;
	clock_gettime(CLOCK_MONOTONIC, &time);
	return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static uint32_t hash_of(const char *text)
{
	uint32_t hash = 2166136261u;
	for (; *text; text++) hash = (hash ^ (unsigned char)*text) * 16777619u;
	return hash;
}

static uint32_t slot(const char *text) { return hash_of(text) % SLOTS; }

static int refuse(enum refusal reason, int answer)
{
	now_.refused[reason]++;
	return answer;
}

/* Take from a bucket that refills with `rate` a second up to `most`; false when there is not enough. */
static bool take(struct bucket *bucket, double amount, double rate, double most, double now)
{
	if (bucket->at == 0) bucket->tokens = most;
	else bucket->tokens += (now - bucket->at) * rate;
	if (bucket->tokens > most) bucket->tokens = most;
	bucket->at = now;
	if (bucket->tokens < amount) return false;
	bucket->tokens -= amount;
	return true;
}

static struct account *account_of(const struct mosquitto *client)
{
	const char *user = mosquitto_client_username(client);
	struct account *account = user ? limits.accounts[slot(user)] : NULL;
	while (account && strcmp(account->user, user)) account = account->next;
	return account;
}

/* By its name; one that the file does not list may write nothing of ours. */
static bool is_device(const struct mosquitto *client)
{
	const char *user = mosquitto_client_username(client);
	return user && strchr(user, '/');
}

static struct session *known_session(const char *id)
{
	struct session *session = id ? limits.sessions[slot(id)] : NULL;
	while (session && strcmp(session->id, id)) session = session->next;
	return session;
}

/* Only of who has been let in: a stranger's client ids must not fill the memory. */
static struct session *session_of(const char *id)
{
	struct session *session = known_session(id);
	if (session || !id || !(session = calloc(1, sizeof *session))) return session;
	session->id = strdup(id);
	session->away_since = now_s();
	session->next = limits.sessions[slot(id)];
	return limits.sessions[slot(id)] = session;
}

/* Mosquitto checks a password and, if it is wrong, ends the connection before it does anything else. */
static void note_right(void)
{
	if (now_.asking) now_.asked->wrong = 0;
	now_.asking = NULL;
}

/* A client that publishes or subscribes is connected. */
static void note_online(const struct mosquitto *client)
{
	struct session *session = session_of(mosquitto_client_id(client));
	if (client == now_.asking) note_right();
	if (!session || (session->online && session->client == client)) return;
	session->client = client;
	session->online = true;
	session->messages = session->bytes = session->withheld = 0;
	now_.unsaved = 2;
}

/* -- reading the file --------------------------------------------------------------------------------------------- */

static int stream_index(const char *name)
{
	for (int i = 0; i < limits.stream_count; i++) if (!strcmp(limits.streams[i].name, name)) return i;
	return -1;
}

static bool add_account(const char *user, const char *district)
{
	const struct kind *kind = NULL;
	size_t length = strcspn(user, "/");
	for (int i = 0; i < limits.kind_count; i++)
		if (strlen(limits.kinds[i].name) == length && !strncmp(limits.kinds[i].name, user, length)) kind = &limits.kinds[i];
	struct account *account = calloc(1, sizeof *account);
	char prefix[192];
	int written = snprintf(prefix, sizeof prefix, "sw/1/%s/%s/", district, user);
	if (!kind || !account || written >= (int)sizeof prefix) { free(account); return false; }
	account->user = strdup(user);
	account->prefix = strdup(prefix);
	account->prefix_length = strlen(prefix);
	account->kind = kind;
	account->next = limits.accounts[slot(user)];
	limits.accounts[slot(user)] = account;
	return true;
}

static bool add_kind(const char *name, const char *rest)
{
	struct kind *kind = &limits.kinds[limits.kind_count];
	char streams[256];
	if (limits.kind_count == KINDS || strlen(name) >= sizeof kind->name) return false;
	if (sscanf(rest, "%lf %lf %lf %lf %255s", &kind->messages, &kind->burst, &kind->bytes, &kind->burst_bytes, streams) != 5)
		return false;
	strcpy(kind->name, name);
	kind->streams = 0;
	for (char *each = strtok(streams, ","); each; each = strtok(NULL, ",")) {
		int index = stream_index(each);
		if (index < 0) return false;
		kind->streams |= 1u << index;
	}
	limits.kind_count++;
	return true;
}

static bool add_stream(const char *name, const char *rest)
{
	struct stream *stream = &limits.streams[limits.stream_count];
	char retained[16] = "";
	if (limits.stream_count == STREAMS || strlen(name) >= sizeof stream->name || sscanf(rest, "%u %15s", &stream->largest, retained) < 1) return false;
	strcpy(stream->name, name);
	stream->retained = !strcmp(retained, "retained");
	limits.stream_count++;
	return true;
}

static bool read_line(char *line)
{
	char word[32], name[160], rest[512] = "";
	if (line[0] == '#' || line[strspn(line, " \t\r\n")] == 0) return true;
	if (sscanf(line, "%31s %159s %511[^\n]", word, name, rest) < 2) return false;
	if (!strcmp(word, "stream")) return add_stream(name, rest);
	if (!strcmp(word, "kind")) return add_kind(name, rest);
	if (!strcmp(word, "account")) return add_account(name, rest);
	if (!strcmp(word, "memory")) return (limits.memory = strtoull(name, NULL, 10)) > 0;
	if (!strcmp(word, "absent")) return (limits.absent_bytes = strtoull(name, NULL, 10)) > 0;
	if (!strcmp(word, "connects")) return (limits.connects = atof(name)) > 0 && (limits.connect_burst = atof(rest)) > 0;
	if (!strcmp(word, "save")) return (limits.save_s = atof(name)) > 0;
	if (!strcmp(word, "token")) return snprintf(limits.token, sizeof limits.token, "%s", name) > 0;
	if (!strcmp(word, "consumer")) {
		struct session *session = session_of(name);
		return session && (session->consumer = true);
	}
	return false;
}

static int read_limits(void)
{
	FILE *file = fopen(limits_file, "r");
	char line[1024];
	int number = 0;
	if (!file) {
		mosquitto_log_printf(MOSQ_LOG_ERR, "streetwarden_limits: %s cannot be read; write it, see docs/installation.md", limits_file);
		return MOSQ_ERR_INVAL;
	}
	for (int i = 0; i < SLOTS; i++) {  /* sessions stay: they are what is, not what may be */
		for (struct account *account; (account = limits.accounts[i]);) {
			limits.accounts[i] = account->next;
			free(account->user); free(account->prefix); free(account);
		}
		for (struct session *session = limits.sessions[i]; session; session = session->next) session->consumer = false;
	}
	limits.stream_count = limits.kind_count = 0;
	limits.token[0] = 0;
	while (fgets(line, sizeof line, file)) {
		number++;
		if (read_line(line)) continue;
		mosquitto_log_printf(MOSQ_LOG_ERR, "streetwarden_limits: line %d of %s makes no sense; correct it", number, limits_file);
		fclose(file);
		return MOSQ_ERR_INVAL;
	}
	fclose(file);
	return MOSQ_ERR_SUCCESS;
}

/* -- what is asked for each message ------------------------------------------------------------------------------- */

static const struct stream *stream_written(const struct account *account, const char *topic)
{
	if (strncmp(topic, account->prefix, account->prefix_length)) return NULL;
	int index = stream_index(topic + account->prefix_length);
	return index >= 0 && account->kind->streams & 1u << index ? &limits.streams[index] : NULL;
}

static bool is_ours(const char *topic) { return !strncmp(topic, "sw/", 3); }

static int may_write(struct mosquitto *client, const struct account *account, const struct mosquitto_evt_acl_check *asked)
{
	const struct stream *stream = is_ours(asked->topic) ? stream_written(account, asked->topic) : NULL;
	if (is_ours(asked->topic) && !stream) return refuse(TOPIC, MOSQ_ERR_ACL_DENIED);
	uint32_t largest = stream ? stream->largest : limits.streams[0].largest;
	if (asked->payloadlen > largest)  /* MQTT 3.1.1 cannot refuse: a closed connection is no acknowledgement */
		return refuse(SIZE, mosquitto_client_protocol_version(client) == 5 ? MOSQ_ERR_ACL_DENIED : MOSQ_ERR_UNKNOWN);
	return stream ? MOSQ_ERR_SUCCESS : MOSQ_ERR_PLUGIN_DEFER;  /* foreign topics are the ACL file's */
}

/* Its own receipts, and for a box what cameras of its district send. */
static bool may_hear(const struct account *account, const char *filter)
{
	size_t district = strlen("sw/1/350582/");
	if (!strncmp(filter, account->prefix, account->prefix_length)) return !strcmp(filter + account->prefix_length, "receipt");
	if (strcmp(account->kind->name, "box") || strncmp(filter, account->prefix, district)) return false;
	return !strncmp(filter + district, "camera/", 7) && !strcmp(filter + strlen(filter) - 6, "/frame");
}

static int to_session(struct mosquitto *client, const struct mosquitto_evt_acl_check *asked)
{
	struct session *session = asked->topic[0] == '$' ? NULL : session_of(mosquitto_client_id(client));
	if (!session) return MOSQ_ERR_PLUGIN_DEFER;
	if (!session->client) session->client = client;            /* it was there before the broker started */
	if (session->client != client) note_online(client);        /* it is back: these are its own waiting messages */
	if (session->online) return MOSQ_ERR_PLUGIN_DEFER;
	if (!session->consumer && session->bytes + asked->payloadlen + MESSAGE_BYTES > limits.absent_bytes) {
		session->withheld++;
		return refuse(SESSION, MOSQ_ERR_ACL_DENIED);
	}
	session->messages++;
	session->bytes += asked->payloadlen + MESSAGE_BYTES;
	return MOSQ_ERR_PLUGIN_DEFER;
}

static int on_acl_check(int event, void *data, void *user_data)
{
	struct mosquitto_evt_acl_check *asked = data;
	struct account *account;
	(void)event; (void)user_data;
	if (asked->client == now_.removing) return MOSQ_ERR_ACL_DENIED;
	account = account_of(asked->client);
	switch (asked->access) {
	case MOSQ_ACL_WRITE:
		note_online(asked->client);
		if (!account && is_device(asked->client) && is_ours(asked->topic)) return refuse(TOPIC, MOSQ_ERR_ACL_DENIED);
		return account ? may_write(asked->client, account, asked) : MOSQ_ERR_PLUGIN_DEFER;
	case MOSQ_ACL_READ:
		if (account && is_ours(asked->topic) && !may_hear(account, asked->topic)) return MOSQ_ERR_ACL_DENIED;
		return to_session(asked->client, asked);
	case MOSQ_ACL_SUBSCRIBE:
		note_online(asked->client);
		if (account && is_ours(asked->topic) && !may_hear(account, asked->topic)) return refuse(SUBSCRIPTION, MOSQ_ERR_ACL_DENIED);
		if (account && strpbrk(asked->topic, "+#") && !is_ours(asked->topic) && strchr("+#$", asked->topic[0]))
			return refuse(SUBSCRIPTION, MOSQ_ERR_ACL_DENIED);  /* matches everybody's messages, each of which would be looked at */
		return MOSQ_ERR_PLUGIN_DEFER;
	default:
		return MOSQ_ERR_PLUGIN_DEFER;
	}
}

static bool is_full(void) { return limits.memory && now_.heap + now_.since > limits.memory; }

/* Until both buckets are half full. Acknowledgements on their way are lost when we hang up, so the device sends those messages
 * again: were it let in with less, it would send the same ones for ever. */
static double pause_s(const struct account *account)
{
	const struct kind *kind = account->kind;
	double messages = (kind->burst / 2 - account->messages.tokens) / kind->messages;
	double bytes = (kind->burst_bytes / 2 - account->bytes.tokens) / kind->bytes;
	return messages > bytes ? messages : bytes;
}

/* A message that may be written where it is going. Any error closes the connection without an acknowledgement. */
static int on_message(int event, void *data, void *user_data)
{
	struct mosquitto_evt_message *message = data;
	struct account *account = account_of(message->client);
	const struct kind *kind;
	double now;
	(void)event; (void)user_data;
	now_.unsaved = 2;
	if (!account) return MOSQ_ERR_SUCCESS;
	kind = account->kind;
	now = now_s();
	if (is_full()) {
		account->banned_until = now + FULL_PAUSE_S;
		return refuse(MEMORY, MOSQ_ERR_UNKNOWN);
	}
	if (!take(&account->messages, 1, kind->messages, kind->burst, now)
			|| !take(&account->bytes, message->payloadlen, kind->bytes, kind->burst_bytes, now)) {
		account->banned_until = now + pause_s(account);
		return refuse(RATE, MOSQ_ERR_UNKNOWN);
	}
	if (message->retain && is_ours(message->topic)) {
		const struct stream *stream = stream_written(account, message->topic);
		if (!stream || !stream->retained) { message->retain = false; now_.cleared++; }
	}
	now_.since += message->payloadlen + MESSAGE_BYTES;
	return MOSQ_ERR_SUCCESS;
}

/* -- connections -------------------------------------------------------------------------------------------------- */

static bool same(const char *one, const char *other)  /* in a time that does not tell how much of it is right */
{
	size_t length = strlen(one);
	unsigned char differ = strlen(other) != length;
	for (size_t i = 0; i < length; i++) differ |= (unsigned char)one[i] ^ (unsigned char)other[differ ? 0 : i];
	return !differ;
}

static bool too_many_connects(const char *text, double now)
{
	struct address **place = &limits.addresses[slot(text)];
	if (!limits.connects) return false;
	while (*place && strcmp((*place)->text, text)) place = &(*place)->next;
	if (!*place) {
		if (limits.address_count == 65536) return true;
		if (!(*place = calloc(1, sizeof **place))) return true;
		snprintf((*place)->text, sizeof (*place)->text, "%s", text);
		limits.address_count++;
	}
	return !take(&(*place)->connects, 1, limits.connects, limits.connect_burst, now);
}

static void forget_addresses(double now)  /* whose buckets are full again */
{
	double refill = limits.connects ? limits.connect_burst / limits.connects : 0;
	for (int i = 0; i < SLOTS; i++)
		for (struct address **place = &limits.addresses[i], *each; (each = *place);) {
			if (now - each->connects.at < refill) { place = &each->next; continue; }
			*place = each->next;
			limits.address_count--;
			free(each);
		}
}

static struct guess *guess_of(const char *user, const char *from)
{
	struct guess *guess = &limits.guesses[(hash_of(user) * 31 + hash_of(from)) % SLOTS];
	if (guess->user != hash_of(user) || guess->address != hash_of(from))
		*guess = (struct guess){.user = hash_of(user), .address = hash_of(from)};
	return guess;
}

static void note_wrong(struct guess *guess, double now)
{
	double pause = 1;
	if (guess->until && now - guess->until > 10 * LONGEST_PAUSE_S) guess->wrong = 0;
	if (++guess->wrong < GUESSES) return;
	for (int i = GUESSES; i < guess->wrong && pause < LONGEST_PAUSE_S; i++) pause *= 2;
	guess->until = now + (pause < LONGEST_PAUSE_S ? pause : LONGEST_PAUSE_S);
}

/* Before the password is hashed, which is dear. The password itself is Mosquitto's to check. */
static int on_basic_auth(int event, void *data, void *user_data)
{
	struct mosquitto_evt_basic_auth *asked = data;
	const char *from = mosquitto_client_address(asked->client);
	struct account *account = account_of(asked->client);
	double now = now_s();
	(void)event; (void)user_data;
	if (asked->client == now_.removing) now_.removing = NULL;
	note_right();  /* whoever was asked before is still connected */
	if (from && too_many_connects(from, now)) return refuse(CONNECT, MOSQ_ERR_UNKNOWN);
	if (from && asked->username) {
		now_.asked = guess_of(asked->username, from);
		if (now_.asked->until > now) return refuse(CONNECT, MOSQ_ERR_UNKNOWN);
	}
	if (account && (account->banned_until > now || is_full())) return refuse(CONNECT, MOSQ_ERR_UNKNOWN);
	if (limits.token[0] && asked->password && mosquitto_client_clean_session(asked->client) && same(limits.token, asked->password)) {
		struct session *session = known_session(mosquitto_client_id(asked->client));
		if (!session || session->online) return MOSQ_ERR_AUTH;
		mosquitto_log_printf(MOSQ_LOG_NOTICE, "streetwarden_limits: the session %s is removed by command", session->id);
		session->messages = session->bytes = session->withheld = 0;
		now_.removing = asked->client;  /* may do nothing but replace that session */
		return MOSQ_ERR_SUCCESS;
	}
	if (from && asked->username) now_.asking = asked->client;  /* only now is its password looked at */
	return MOSQ_ERR_PLUGIN_DEFER;
}

static int on_disconnect(int event, void *data, void *user_data)
{
	struct mosquitto_evt_disconnect *ended = data;
	struct session *session = known_session(mosquitto_client_id(ended->client));
	(void)event; (void)user_data;
	if (ended->client == now_.removing) now_.removing = NULL;
	if (ended->client == now_.asking) {
		note_wrong(now_.asked, now_s());
		now_.asking = NULL;
	}
	if (session && session->client == ended->client && session->online) {
		session->online = false;
		session->away_since = now_s();
	}
	return MOSQ_ERR_SUCCESS;
}

/* -- by the clock ------------------------------------------------------------------------------------------------- */

static void measure(void)
{
#ifdef __GLIBC__
	struct mallinfo2 heap = mallinfo2();
	now_.heap = heap.uordblks + heap.hblkhd;
#else
	unsigned long long pages = 0;
	FILE *file = fopen("/proc/self/statm", "r");
	if (!file) return;
	if (fscanf(file, "%*u %llu", &pages) == 1) now_.heap = pages * (uint64_t)sysconf(_SC_PAGESIZE);
	fclose(file);
#endif
	now_.since = 0;
}

static void publish(const char *topic, const char *text, int length)
{
	mosquitto_broker_publish_copy(NULL, topic, length, text, 0, true, NULL);
}

static void report(double now)
{
	char text[16384];
	int size = sizeof text, length, listed = 0;
	bool full = is_full();
	if (full != now_.full)
		mosquitto_log_printf(full ? MOSQ_LOG_WARNING : MOSQ_LOG_NOTICE, full
			? "streetwarden_limits: the broker is full; devices are refused without an acknowledgement"
			: "streetwarden_limits: there is room again");
	now_.full = full;
	length = snprintf(text, size, "{\"version\":1,\"memory\":%llu,\"memory_limit\":%llu,\"retain_cleared\":%llu,\"refused\":{",
		(unsigned long long)(now_.heap + now_.since), (unsigned long long)limits.memory, (unsigned long long)now_.cleared);
	for (int i = 0; i < REFUSALS; i++)
		length += snprintf(text + length, size - length, "%s\"%s\":%llu", i ? "," : "", REFUSAL_NAMES[i], (unsigned long long)now_.refused[i]);
	length += snprintf(text + length, size - length, "}}");
	publish(REPORT_TOPIC, text, length);

	length = snprintf(text, size, "[");
	for (int i = 0; i < SLOTS; i++)
		for (struct session *each = limits.sessions[i]; each && listed < LISTED; each = each->next) {
			if (each->online || !each->messages || strpbrk(each->id, "\"\\")) continue;
			length += snprintf(text + length, size - length,
				"%s{\"client\":\"%.120s\",\"away_s\":%.0f,\"messages\":%llu,\"bytes\":%llu,\"withheld\":%llu,\"consumer\":%s}",
				listed++ ? "," : "", each->id, now - each->away_since, (unsigned long long)each->messages,
				(unsigned long long)each->bytes, (unsigned long long)each->withheld, each->consumer ? "true" : "false");
		}
	length += snprintf(text + length, size - length, "]");
	if (listed || now_.told) publish(SESSIONS_TOPIC, text, length);
	now_.told = listed > 0;
}

/* Mosquitto writes all that waits, while nothing else happens: only when something changed, and seldom if it takes long. */
static void save(double now)
{
	if (now_.saving_since) {
		now_.save_took = now - now_.saving_since > 0.1 ? now - now_.saving_since - 0.1 : 0;  /* it may wait so long for packets */
		now_.saving_since = 0;
	}
	if (!limits.save_s || !now_.unsaved || now - now_.saved_at < limits.save_s || now - now_.saved_at < 10 * now_.save_took) return;
	now_.unsaved--;
	now_.saved_at = now_.saving_since = now;
	kill(getpid(), SIGUSR1);
}

static int on_tick(int event, void *data, void *user_data)
{
	double now = now_s();
	(void)event; (void)data; (void)user_data;
	note_right();
	if (now - now_.measured_at >= 0.25) { measure(); now_.measured_at = now; }
	if (now - now_.reported_at >= 1) {
		report(now);
		now_.reported_at = now;
		if (limits.address_count > 4096) forget_addresses(now);
	}
	save(now);
	return MOSQ_ERR_SUCCESS;
}

static int on_reload(int event, void *data, void *user_data)
{
	(void)event; (void)data; (void)user_data;
	return read_limits();
}

/* -- the plugin interface ----------------------------------------------------------------------------------------- */

int mosquitto_plugin_version(int count, const int *versions)
{
	for (int i = 0; i < count; i++) if (versions[i] == 5) return 5;
	return -1;
}

int mosquitto_plugin_init(mosquitto_plugin_id_t *id, void **user_data, struct mosquitto_opt *options, int count)
{
	(void)user_data;
	plugin_id = id;
	for (int i = 0; i < count; i++) if (!strcmp(options[i].key, "limits")) limits_file = strdup(options[i].value);
	if (!limits_file) {
		mosquitto_log_printf(MOSQ_LOG_ERR, "streetwarden_limits: plugin_opt_limits is missing; name the file with the limits");
		return MOSQ_ERR_INVAL;
	}
	if (read_limits()) return MOSQ_ERR_INVAL;
	mosquitto_callback_register(id, MOSQ_EVT_ACL_CHECK, on_acl_check, NULL, NULL);
	mosquitto_callback_register(id, MOSQ_EVT_MESSAGE, on_message, NULL, NULL);
	mosquitto_callback_register(id, MOSQ_EVT_BASIC_AUTH, on_basic_auth, NULL, NULL);
	mosquitto_callback_register(id, MOSQ_EVT_DISCONNECT, on_disconnect, NULL, NULL);
	mosquitto_callback_register(id, MOSQ_EVT_TICK, on_tick, NULL, NULL);
	mosquitto_callback_register(id, MOSQ_EVT_RELOAD, on_reload, NULL, NULL);
	return MOSQ_ERR_SUCCESS;
}

int mosquitto_plugin_cleanup(void *user_data, struct mosquitto_opt *options, int count)
{
	(void)user_data; (void)options; (void)count;
	mosquitto_callback_unregister(plugin_id, MOSQ_EVT_ACL_CHECK, on_acl_check, NULL);
	mosquitto_callback_unregister(plugin_id, MOSQ_EVT_MESSAGE, on_message, NULL);
	mosquitto_callback_unregister(plugin_id, MOSQ_EVT_BASIC_AUTH, on_basic_auth, NULL);
	mosquitto_callback_unregister(plugin_id, MOSQ_EVT_DISCONNECT, on_disconnect, NULL);
	mosquitto_callback_unregister(plugin_id, MOSQ_EVT_TICK, on_tick, NULL);
	mosquitto_callback_unregister(plugin_id, MOSQ_EVT_RELOAD, on_reload, NULL);
	return MOSQ_ERR_SUCCESS;
}

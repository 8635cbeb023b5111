import { InputError } from './errors.ts';
import type { Role } from './names.ts';

/** What a node needs to know to join its cluster. */
export interface NodeFacts {
  readonly cluster: string;
  readonly role: Role;
  /** `mongodb://` or `mongodb+srv://`, with login. A bare address makes AMS 3 stop and ask (change_server_mode.sh). */
  readonly mongoUri: string;
  /** HS256 key of the panel's REST API, 32 characters or more, the same on all nodes. */
  readonly jwtSecret: string;
  /** `stun:host:port`; AMS asks Google's when nothing is said. */
  readonly stunServer?: string | undefined;
  /** Of an image without a Marketplace licence. */
  readonly licenceKey?: string | undefined;
}

/** Bytes of a launch template's user data before base64 (ECS documentation, the older and tighter of two limits). */
const LIMIT_BYTES = 16 * 1024;

/** File that a node serves at `/ams-node.json`, so that anybody can see which group answered. */
export const NODE_MARKER = 'ams-node.json';

/**
 * The user data of a node: a bash script that cloud-init runs once, as root.
 *
 * The image starts Ant Media Server alone first, and a server alone looks healthy to a load balancer. So the script
 * stops and disables it at once, joins the cluster, waits until the server answers (in cluster mode it does so only
 * after it logged in to the database), and only then enables it again; whatever goes wrong leaves the service stopped
 * and disabled. It works with every `change_server_mode.sh` since AMS 2.4.2.
 * @throws InputError when a value cannot be written into a properties file or the script becomes too long
 */
export function nodeUserData(facts: NodeFacts): string {
  const hosts = mongoHosts(facts.mongoUri);
  const marker = JSON.stringify({ cluster: facts.cluster, role: facts.role });
  const script = SCRIPT.replace(/@@([A-Z]+)@@/g, (_whole, name: string) => {
    const values: Record<string, string> = {
      URI: quoted('database URI', facts.mongoUri),
      HOSTS: quoted('database host', hosts.join(' ')),
      JWT: quoted('JWT secret', facts.jwtSecret),
      STUN: quoted('STUN server', facts.stunServer ?? ''),
      LICENCE: quoted('licence key', facts.licenceKey ?? ''),
      MARKER: quoted('role marker', marker),
      MARKERFILE: NODE_MARKER,
    };
    return values[name] ?? '';
  });
  const size = Buffer.byteLength(script);
  if (size < LIMIT_BYTES) return script;
  throw new InputError(
    `The nodes' user data has ${size} bytes; the cloud takes ${LIMIT_BYTES}.`,
    'Shorten the database URI or the licence key.',
  );
}

/** What of a node's user data is secret; an empty licence is none. */
export interface NodeSecrets {
  readonly database: string;
  readonly jwt: string;
  readonly licence: string;
}

/** Reads the secrets back from a script of {@link nodeUserData}; nothing when somebody else wrote it. */
export function nodeSecretsIn(script: string): NodeSecrets | undefined {
  const [database, jwt, licence] = [
    wordAfter('timeout \\d+ bash \\./change_server_mode\\.sh cluster ', script),
    wordAfter('JWT=', script),
    wordAfter('LICENCE=', script),
  ];
  if (database === undefined || jwt === undefined || licence === undefined) return undefined;
  return { database, jwt, licence };
}

/** The STUN server in such a script, empty where none was given; nothing when somebody else wrote it. */
export function stunServerIn(script: string): string | undefined {
  return wordAfter('STUN=', script);
}

/** What {@link quoted} wrote, on the line that begins so (a regular expression). */
function wordAfter(before: string, script: string): string | undefined {
  const found = new RegExp(`^${before}('(?:[^'\\n]|'\\\\'')*')`, 'm').exec(script)?.[1];
  return found?.slice(1, -1).replaceAll(`'\\''`, "'");
}

/** Hosts that the node waits for, as `host/port` (bash reads /dev/tcp/host/port); none for `mongodb+srv://`, whose hosts only DNS knows. */
function mongoHosts(uri: string): readonly string[] {
  const match = /^mongodb(\+srv)?:\/\/(?:([^@/?]*)@)?([^/?]+)(.*)$/.exec(uri);
  if (!match) {
    throw new InputError(
      'The database URI does not start with mongodb:// or mongodb+srv:// and a host.',
      'Give it as mongodb://user:password@host:27017/?authSource=admin.',
    );
  }
  const [, srv, login = '', hosts = '', rest = ''] = match;
  // The driver takes an @ or a second colon for a mistake, and so no host is read out of a password. The mode script
  // writes with sed, to which a backslash begins an escape: \t in a password becomes a tab.
  const isStray = `${hosts}${rest}`.includes('@') || login.split(':').length > 2 || uri.includes('\\');
  if (isStray || /%(?![0-9a-f]{2})/i.test(login)) {
    throw new InputError(
      'User or password in the database URI hold a character that has a meaning there.',
      'Percent-encode it: @ is %40, : is %3A, / is %2F, ? is %3F, % is %25, \\ is %5C.',
    );
  }
  if (srv !== undefined) return [];
  return hosts.split(',').map((entry) => {
    const found = /^\[?([A-Za-z0-9.:-]+?)\]?(?::(\d{1,5}))?$/.exec(entry);
    if (found && Number(found[2] ?? 1) <= 65_535) return `${found[1]}/${found[2] ?? '27017'}`;
    throw new InputError(
      'A host in the database URI is not a host name or an address.',
      'Write host or host:port, several with commas, and percent-encode special characters of user and password.',
    );
  });
}

/** A value as one word of a shell. */
function quoted(what: string, value: string): string {
  // eslint-disable-next-line no-control-regex
  if (/[\u0000-\u001f\u007f]/.test(value)) {
    throw new InputError(
      `The ${what} contains a line break or another control character.`,
      'Remove it; a trailing line break in a secret file is a common cause.',
    );
  }
  return `'${value.replaceAll("'", `'\\''`)}'`;
}

/** How often the script looks for what it waits for, how long it sleeps between, and how long a knock may last. */
const TRIES = 60;
const PAUSE_SECONDS = 10;
const KNOCK_SECONDS = 5;

/** After this long a node has given up waiting for its database, or for its own service, milliseconds. */
export const JOIN_WAIT_MS = TRIES * (PAUSE_SECONDS + KNOCK_SECONDS) * 1_000;

/**
 * No secret is printed: the mode script's own output passes a filter. `</dev/null` since AMS 3 reads an answer when it
 * dislikes the URI; the temporary file since a daemon may keep a pipe open.
 */
const SCRIPT = `#!/bin/bash
# Joins this Ant Media Server node to its cluster. Until that is proven the service stays stopped and disabled,
# so that a load balancer never takes a server on its own for a member of the cluster.
umask 077
exec </dev/null >>/var/log/ams-join.log 2>&1
umask 022
AMS=/usr/local/antmedia
HOSTS=@@HOSTS@@
JWT=@@JWT@@
STUN=@@STUN@@
LICENCE=@@LICENCE@@
MARKER=@@MARKER@@
REASON='the script was interrupted'
JOINED=no

say() { echo "$(date -u +%FT%TZ) $*"; }
off() {
  systemctl stop antmedia || service antmedia stop
  systemctl disable antmedia
}
finish() {
  if [ "$JOINED" != yes ]; then
    rm -f "$AMS/webapps/root/@@MARKERFILE@@" "$AMS/conf/ams-joined"
    echo "$REASON" >"$AMS/conf/ams-join-failed"
    off
    say "not joined: $REASON; the service is stopped and disabled"
    exit 1
  fi
}
trap finish EXIT
trap 'exit 1' INT TERM HUP
fail() { REASON="$1"; exit 1; }
# Ends the wait after ten minutes; says each new reason once.
wait_for() {
  [ "$REASON" = "$1" ] || say "waiting: $1"
  REASON="$1"
  tries=$((tries + 1))
  [ "$tries" -lt ${TRIES} ] || exit 1
  sleep ${PAUSE_SECONDS}
}

say 'joining the cluster'
off
cd "$AMS" || fail "$AMS is missing: this is no Ant Media Server image"
[ -f change_server_mode.sh ] || fail 'change_server_mode.sh is missing: this is no Ant Media Server image'
[ -f conf/red5.properties ] || fail 'conf/red5.properties is missing'
# Identity and local database of the machine that the image was made from.
rm -rf conf/instanceId ./*.db webapps/root/@@MARKERFILE@@ conf/ams-joined conf/ams-join-failed

answers() {
  for place in $HOSTS; do
    timeout ${KNOCK_SECONDS} bash -c "</dev/tcp/$place" 2>/dev/null && return 0
  done
  return 1
}
if [ -n "$HOSTS" ]; then
  tries=0
  until answers; do wait_for "the database at $HOSTS does not accept connections"; done
  REASON='the script was interrupted'
  say "the database at $HOSTS accepts connections"
fi

# Writes KEY=VALUE into a properties file, once. A backslash is an escape there.
set_property() {
  touch "$1"
  sed -i "/^[[:space:]]*\${2//./\\\\.}[[:space:]]*=/d" "$1"
  [ -z "$(tail -c 1 "$1")" ] || echo >>"$1"
  printf '%s=%s\\n' "$2" "\${3//\\\\/\\\\\\\\}" >>"$1"
}
touch conf/initialized
set_property conf/red5.properties server.jwtServerSecretKey "$JWT"
set_property conf/red5.properties server.jwtServerControlEnabled true
[ -z "$LICENCE" ] || set_property conf/red5.properties server.licence_key "$LICENCE"
if [ -n "$STUN" ]; then
  for file in webapps/*/WEB-INF/red5-web.properties; do
    [ ! -f "$file" ] || set_property "$file" settings.webrtc.stunServerURI "$STUN"
  done
fi

LOGGED=$(stat -c %s log/ant-media-server.log 2>/dev/null || echo 0)
printed=$(mktemp)
timeout 600 bash ./change_server_mode.sh cluster @@URI@@ </dev/null >"$printed" 2>&1
code=$?
sed -E 's#//[^@/ ]+@#//***@#g' "$printed"
rm -f "$printed"
[ "$code" -eq 0 ] || fail "change_server_mode.sh ended with $code"

grep -q '^clusterdb\\.host=.*mongodb' conf/red5.properties || fail 'clusterdb.host is not set in conf/red5.properties'
for place in \${HOSTS%% *}; do
  grep '^clusterdb\\.host=' conf/red5.properties | grep -qF "\${place%%/*}" || fail 'clusterdb.host names another database'
done
grep -Eq '<!-- *cluster start *-->' conf/jee-container.xml || fail 'the cluster beans in conf/jee-container.xml are still commented out'

mkdir -p webapps/root
printf '%s\\n' "$MARKER" >webapps/root/@@MARKERFILE@@
chown antmedia:antmedia webapps/root/@@MARKERFILE@@ conf/red5.properties conf/initialized 2>/dev/null
chmod 644 webapps/root/@@MARKERFILE@@
systemctl is-active antmedia >/dev/null || systemctl start antmedia || fail 'the service does not start'

# In cluster mode the server answers only after it logged in to the database; until then it ends and is started again.
serves() {
  curl -fs -m 10 -o /dev/null http://127.0.0.1:5080/ || wget -q -T 10 -t 1 -O /dev/null http://127.0.0.1:5080/
}
refused() { tail -c "+$((LOGGED + 1))" log/ant-media-server.log | grep -qiE 'authentication failed|MongoSecurityException'; }
tries=0
until serves; do
  if refused 2>/dev/null; then
    wait_for 'the database refuses the login'
  else
    wait_for 'the server does not answer in cluster mode; see log/ant-media-server.log'
  fi
done
systemctl enable antmedia || fail 'the service could not be enabled'
date -u +%FT%TZ >conf/ams-joined
JOINED=yes
say 'joined'
`;

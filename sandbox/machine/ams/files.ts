import type { Machine } from '../machine.ts';

export const AMS_HOME = '/usr/local/antmedia';

/** Applications of an edition, as its builds create them. */
export function appNames(machine: Machine): string[] {
  const names = ['live', 'LiveApp', isCommunity(machine) ? 'WebRTCApp' : 'WebRTCAppEE'];
  const missing = machine.world.faults.rules('appMissing', machine.spec).map((rule) => rule.app);
  return names.filter((name) => !missing.includes(name));
}

/** Whether the image holds the Community Edition, which cannot cluster. */
export function isCommunity(machine: Machine): boolean {
  return machine.spec.amsEdition === 'Community Edition' || machine.fault('communityEdition');
}

const RED5 = `http.host=0.0.0.0
http.port=5080
https.port=5443
rtmp.host=0.0.0.0
rtmp.port=1935
server.licence_key=
server.allowed_dashboard_CIDR=0.0.0.0/0
server.jwtServerControlEnabled=false
server.jwtServerSecretKey=
server.name=
useGlobalIp=false
nodeGroup=default
clusterdb.host=
clusterdb.user=
clusterdb.password=
`;

const CONTAINER = `<?xml version="1.0" encoding="UTF-8"?>
<beans>
  <bean id="tomcat.server" class="io.antmedia.Tomcat"/>
  <!-- cluster start
  <bean id="tomcat.cluster" class="io.antmedia.cluster.Cluster"/>
  cluster end -->
</beans>
`;

/** Since 3.0.0 the mode script checks its arguments and asks when the address has no scheme. */
const VALIDATION = `
if [ "$MODE" != "cluster" ] && [ "$MODE" != "standalone" ]; then
  echo "ERROR: Invalid mode '$MODE'."
  usage
  exit 1
fi
if [ "$MODE" = "cluster" ]; then
  if [ -z "$DB_URL" ]; then
    echo "ERROR: Database connection URL is required for cluster mode."
    usage
    exit 1
  fi
  case "$DB_URL" in
    mongodb://*|mongodb+srv://*|redis://*|localhost|127.0.0.1) ;;
    *)
      if [ ! -f "$DB_URL" ]; then
        echo "WARNING: '$DB_URL' does not look like a database connection URL."
        answer=""
        read -r -p "Continue anyway? (y/n) " answer
        if [ "$answer" != "y" ] && [ "$answer" != "Y" ]; then
          echo "Operation cancelled."
          exit 1
        fi
      fi ;;
  esac
fi
`;

/** Imitation of change_server_mode.sh: the same arguments, edits, output and exit codes. */
function changeServerMode(version: string): string {
  const checks = Number(version.split('.')[0]) >= 3;
  return `#!/bin/bash
# Switches Ant Media Server between cluster and standalone mode.

HOME_DIR=${AMS_HOME}
MODE=$1
DB_URL=$2
DB_USER=$3
DB_PASSWORD=$4

usage() {
  echo "Usage: $0 cluster {DB_CONNECTION_URL}"
  echo "       $0 standalone"
}
${checks ? VALIDATION : ''}
set_property() {
  escaped=$(printf '%s' "$3" | sed -e 's/[&|]/\\\\&/g')
  sed -i "s|^$2=.*|$2=$escaped|" "$1"
}

if [ "$MODE" = "cluster" ]; then
  echo "Mode: cluster"
  sed -i -e 's/<!-- cluster start$/<!-- cluster start -->/' -e 's/^ *cluster end -->/  <!-- cluster end -->/' "$HOME_DIR/conf/jee-container.xml"
  DB_TYPE=redisdb
  case "$DB_URL" in
    mongo*|localhost) DB_TYPE=mongodb ;;
    *) if printf '%s' "$DB_URL" | grep -Eq '^[0-9]+\\.[0-9]+\\.[0-9]+\\.[0-9]+$'; then DB_TYPE=mongodb; fi ;;
  esac
  echo "DB type is \${DB_TYPE%db}$([ "$DB_TYPE" = mongodb ] && echo db)"
else
  echo "Mode: standalone"
  sed -i -e 's/<!-- cluster start -->/<!-- cluster start/' -e 's/<!-- cluster end -->/cluster end -->/' "$HOME_DIR/conf/jee-container.xml"
  DB_TYPE=mapdb
  DB_URL=
fi

RED5=$HOME_DIR/conf/red5.properties
set_property "$RED5" clusterdb.host "$DB_URL"
set_property "$RED5" clusterdb.user "$DB_USER"
set_property "$RED5" clusterdb.password "$DB_PASSWORD"
set_property "$RED5" useGlobalIp false
for app in "$HOME_DIR"/webapps/*/WEB-INF/red5-web.properties; do
  [ -f "$app" ] || continue
  set_property "$app" db.type "$DB_TYPE"
  set_property "$app" db.host "$DB_URL"
  set_property "$app" db.user "$DB_USER"
  set_property "$app" db.password "$DB_PASSWORD"
done

LOCAL_IP=$(hostname -I | awk '{print $1}')
NAME=$(hostname)
sed -i "/[[:space:]]$NAME\\$/d" /etc/hosts
echo "$LOCAL_IP $NAME" | tee -a /etc/hosts

echo "Ant Media Server is restarting in $MODE mode."
service antmedia stop
service antmedia start
`;
}

/** Lays out /usr/local/antmedia as the image has it. */
export function furnishAms(machine: Machine): void {
  const { root } = machine;
  const put = (path: string, text: string, mode?: number): void =>
    root.write(`${AMS_HOME}/${path}`, text, mode);
  put('change_server_mode.sh', changeServerMode(machine.spec.amsVersion ?? '3.0.3'), 0o755);
  put('start.sh', '#!/bin/bash\n', 0o755);
  put('conf/red5.properties', RED5);
  put('conf/jee-container.xml', CONTAINER);
  put('webapps/root/index.html', '<!doctype html><title>Ant Media Server</title><div id="app"></div>\n');
  put('log/ant-media-server.log', '');
  for (const app of appNames(machine))
    put(
      `webapps/${app}/WEB-INF/red5-web.properties`,
      `webapp.contextPath=/${app}\ndb.app.name=${app}\ndb.type=mapdb\ndb.host=\ndb.user=\ndb.password=\nsettings.remoteAllowedCIDR=127.0.0.1\n`,
    );
  root.write(
    '/lib/systemd/system/antmedia.service',
    '[Unit]\nDescription=Ant Media Server\n\n[Service]\nRestart=on-failure\nRestartSec=5s\nTimeoutStopSec=10\n\n[Install]\nWantedBy=multi-user.target\n',
  );
}

import { createHash } from 'node:crypto';

/**
 * An imitation of the vendor's MongoDB installer with the same observable behaviour: it refuses unknown releases with
 * exit 1, goes on after any other failure and ends with 0, and with `--auto-create` overwrites the credentials file
 * whether or not the user could be created.
 */
export const INSTALL_SCRIPT = `#!/bin/bash
# Installs MongoDB 8.0 from the MongoDB repository.

if [ "$1" == "--help" ]; then
  echo "Usage: $0 [--auto-create]"
  echo "  --auto-create   create a database user with a random name and password"
  exit 1
fi

RELEASE=$(lsb_release -rs)
KEYRING=/usr/share/keyrings/mongodb-server-8.0.gpg

sudo apt-get update
sudo apt-get install -y gnupg curl
curl -fsSL https://www.mongodb.org/static/pgp/server-8.0.asc | sudo gpg -o $KEYRING --dearmor

case "$RELEASE" in
  24.04) CODENAME=noble ;;
  22.04) CODENAME=jammy ;;
  20.04) CODENAME=focal ;;
  *) echo "Unsupported Ubuntu version: $RELEASE"; exit 1 ;;
esac

echo "deb [ arch=amd64,arm64 signed-by=$KEYRING ] https://repo.mongodb.org/apt/ubuntu $CODENAME/mongodb-org/8.0 multiverse" | sudo tee /etc/apt/sources.list.d/mongodb-org-8.0.list
sudo apt-get update
sudo apt-get install -y mongodb-org

if [ "$1" == "--auto-create" ]; then
  sudo systemctl restart mongod
  sudo systemctl enable mongod
  sleep 10
  NEW_USER=$(openssl rand -hex 6)
  NEW_PASSWORD=$(openssl rand -hex 12)
  mongosh <<MONGO
use admin
db.createUser({ user: "$NEW_USER", pwd: "$NEW_PASSWORD", roles: [ { role: "root", db: "admin" } ], mechanisms: [ "SCRAM-SHA-1" ] })
MONGO
  echo
  {
    echo "MongoDB username: $NEW_USER"
    echo "MongoDB password: $NEW_PASSWORD"
  } > /tmp/mongo_credentials.txt
  sudo sed -i 's/#security:/security:\\n  authorization: enabled/' /etc/mongod.conf
  sudo sed -i 's/bindIp: 127.0.0.1/bindIp: 0.0.0.0/' /etc/mongod.conf
  sudo systemctl restart mongod
  echo "MongoDB credentials saved to /tmp/mongo_credentials.txt"
else
  sudo sed -i 's/bindIp: 127.0.0.1/bindIp: 0.0.0.0/' /etc/mongod.conf
  sudo systemctl restart mongod
  sudo systemctl enable mongod
  echo "MongoDB installed without username and password"
fi
`;

/** Lower-case hex sha256 of a script as the world serves it. */
export function scriptSha256(script: string): string {
  return createHash('sha256').update(script).digest('hex');
}

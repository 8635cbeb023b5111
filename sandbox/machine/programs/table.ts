import type { Program } from '../program.ts';
import { apt, aptCache, dpkg, dpkgQuery } from './apt.ts';
import { curl, wget } from './download.ts';
import { journalctl } from './journalctl.ts';
import { mongod, mongosh } from './mongosh.ts';
import { dialProgram, fuser, getent, hostname, ifconfig, ip, nc, ping, ss } from './net.ts';
import { reboot, service, systemctl } from './systemctl.ts';
import { systemdRun } from './systemd-run.ts';
import {
  base64,
  cloudInit,
  crontab,
  gpg,
  lsbRelease,
  openssl,
  pgrep,
  ps,
  quiet,
  sha256sum,
  sleep,
} from './tools.ts';

/** Every imitated program by name. */
export const programs: Readonly<Record<string, Program>> = {
  systemctl,
  service,
  'systemd-run': systemdRun,
  journalctl,
  reboot,
  shutdown: reboot,
  poweroff: reboot,
  'cloud-init': cloudInit,
  'apt-get': apt,
  apt,
  'apt-cache': aptCache,
  'apt-key': quiet,
  dpkg,
  'dpkg-query': dpkgQuery,
  wget,
  curl,
  mongosh,
  mongod,
  lsb_release: lsbRelease,
  sha256sum,
  base64,
  ss,
  netstat: ss,
  nc,
  ping,
  ip,
  ifconfig,
  hostname,
  hostnamectl: hostname,
  getent,
  fuser,
  lsof: fuser,
  __dial: dialProgram,
  sleep,
  gpg,
  openssl,
  crontab,
  pgrep,
  ps,
  useradd: quiet,
  ufw: quiet,
  sysctl: quiet,
  timedatectl: quiet,
  logger: quiet,
};

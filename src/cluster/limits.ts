/** Size of a system disk in GiB, of a node and of the database. */
export const DISK_GIB = { min: 20, max: 2048 } as const;

/** Average CPU, in percent, that the scaling of a group may hold: below 75, where AMS itself refuses streams. */
export const CPU_PERCENT = { min: 10, max: 74 } as const;

/** Public bandwidth of each node in Mbit/s. */
export const BANDWIDTH_MBPS = { min: 1, max: 100 } as const;

/** More nodes in a group nobody may ask for; it may have more, set by hand. */
export const MAX_ASKED_NODES = 1000;

/** Name of an AMS application: it stands in addresses and commands. */
export const APP_NAME = /^[A-Za-z0-9_-]{1,64}$/;

/*
 * account - the numbers of users and groups that have names.
 *
 * A static program cannot load the modules of NSS, which know LDAP and its like: there
 * the files are read, and a name that is not in them is asked of getent(1).
 */
#ifndef WHOLEFILE_CLI_ACCOUNT_H
#define WHOLEFILE_CLI_ACCOUNT_H

#include <stdbool.h>
#include <sys/types.h>

/* Whether there is a user NAME; then its numbers are in *USER and *LOGIN_GROUP. */
bool account_of_user(const char *name, uid_t *user, gid_t *login_group);

/* Whether there is a group NAME; then its number is in *GROUP. */
bool account_of_group(const char *name, gid_t *group);

#endif

/*
 * The provider of resources, whose URIs resource_uri.h tells.
 */
#ifndef DAEMON_PROVIDE_RESOURCES_H
#define DAEMON_PROVIDE_RESOURCES_H

#include "mcp/resources.h"

extern const struct mcp_resources resources;

#endif

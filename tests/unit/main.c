/*
 * Main of the unit tests of a room.
 */
#include "tests/unit/unit.h"

int
main(int argc, char **argv)
{
	return unit_main(argc, argv);
}

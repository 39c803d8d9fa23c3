// What a process does first, so that nobody but root sees its memory.
#pragma once

namespace tesseras::runtime {

// Forbids core dumps, which would hold whatever secrets the process has, by a limit that its
// children have too; and forbids other processes of the same user to read the memory of this one,
// or to attach to it (Linux only). Root still may. Builds with sanitizers, which attach to the
// process themselves, do only the first, so that debuggers work there. Where the system refuses,
// all goes on without.
void keep_memory_private();

}  // namespace tesseras::runtime

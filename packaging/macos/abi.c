/* Made from src/Supervisor.Os/Platform.cs: see CONTRIBUTING.md. What is wrong in it does not compile:
 *
 *     packaging/macos/check
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <netinet/in.h>
#include <poll.h>
#include <pwd.h>
#include <signal.h>
#include <spawn.h>
#include <stddef.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#define HOLDS(name, value) _Static_assert((unsigned long long)(name) == (unsigned long long)(value), #name " is not " #value)

#if defined(__APPLE__)
#include <libproc.h>
#include <sys/ucred.h>

HOLDS(POSIX_SPAWN_SETSID, 1024); /* SpawnSetSid */
HOLDS(POSIX_SPAWN_CLOEXEC_DEFAULT, 16384); /* SpawnCloseOnExecDefault */
HOLDS(O_NOFOLLOW, 256); /* OpenNoFollow */
HOLDS(O_NONBLOCK, 4); /* OpenNonBlock */
HOLDS(O_APPEND, 8); /* OpenAppend */
HOLDS(O_CLOEXEC, 16777216); /* OpenCloseOnExec */
HOLDS(O_DIRECTORY, 1048576); /* OpenDirectory */
HOLDS(FIOCLEX, 536897025); /* CloseOnExec */
HOLDS(FIONCLEX, 536897026); /* KeepOnExec */
HOLDS(O_NONBLOCK, 4); /* NotBlocking */
HOLDS(AF_INET6, 30); /* AddressInternet6 */
HOLDS(offsetof(struct sockaddr_in, sin_family), 1); /* AddressHasLength */
HOLDS(SOL_SOCKET, 65535); /* SocketOptions */
HOLDS(SO_ERROR, 4103); /* SocketError */
HOLDS(EAGAIN, 35); /* TryAgain */
HOLDS(EINPROGRESS, 36); /* InProgress */
HOLDS(ECONNREFUSED, 61); /* Refused */
HOLDS(ECONNRESET, 54); /* Reset */
HOLDS(ENOBUFS, 55); /* NoBuffers */
HOLDS(EADDRNOTAVAIL, 49); /* NoAddress */
HOLDS(ENOTCONN, 57); /* NotConnected */
HOLDS(WNOWAIT, 32); /* WaitNoReap */
HOLDS(SIG_SETMASK, 3); /* SetMask */
HOLDS(offsetof(siginfo_t, si_pid), 12); /* SigInfoPidOffset */
HOLDS(SOL_LOCAL, 0); /* SocketLevel */
HOLDS(LOCAL_PEERCRED, 1); /* PeerCredentials */
HOLDS(offsetof(struct xucred, cr_uid), 4); /* PeerUidOffset */
HOLDS(offsetof(struct xucred, cr_groups), 12); /* PeerGroupOffset */
HOLDS(offsetof(struct stat, st_uid), 16); /* StatUidOffset */
HOLDS(offsetof(struct stat, st_mode), 4); /* StatModeOffset */
HOLDS(offsetof(struct stat, st_size), 96); /* StatSizeOffset */
HOLDS(offsetof(struct stat, st_ino), 8); /* StatInodeOffset */
HOLDS(SEEK_DATA, 4); /* SeekData */
HOLDS(offsetof(struct passwd, pw_dir), 48); /* UserHomeOffset */
HOLDS(RLIM_INFINITY, 9223372036854775807ULL); /* Unlimited */
HOLDS(RLIMIT_CPU, 0);
HOLDS(RLIMIT_FSIZE, 1);
HOLDS(RLIMIT_STACK, 3);
HOLDS(RLIMIT_CORE, 4);
HOLDS(RLIMIT_MEMLOCK, 6);
HOLDS(RLIMIT_NPROC, 7);
HOLDS(RLIMIT_NOFILE, 8);
HOLDS(SIGHUP, 1);
HOLDS(SIGINT, 2);
HOLDS(SIGQUIT, 3);
HOLDS(SIGILL, 4);
HOLDS(SIGTRAP, 5);
HOLDS(SIGABRT, 6);
HOLDS(SIGFPE, 8);
HOLDS(SIGKILL, 9);
HOLDS(SIGSEGV, 11);
HOLDS(SIGPIPE, 13);
HOLDS(SIGALRM, 14);
HOLDS(SIGTERM, 15);
HOLDS(SIGXCPU, 24);
HOLDS(SIGXFSZ, 25);
HOLDS(SIGVTALRM, 26);
HOLDS(SIGPROF, 27);
HOLDS(SIGWINCH, 28);
HOLDS(SIGBUS, 10);
HOLDS(SIGUSR1, 30);
HOLDS(SIGUSR2, 31);
HOLDS(SIGCHLD, 20);
HOLDS(SIGCONT, 19);
HOLDS(SIGSTOP, 17);
HOLDS(SIGTSTP, 18);
HOLDS(SIGTTIN, 21);
HOLDS(SIGTTOU, 22);
HOLDS(SIGSYS, 12);
HOLDS(sizeof(posix_spawnattr_t), 8);
HOLDS(sizeof(posix_spawn_file_actions_t), 8);
HOLDS(POSIX_SPAWN_SETSIGDEF, 4);
HOLDS(POSIX_SPAWN_SETSIGMASK, 8);
HOLDS(sizeof(siginfo_t), 104);
HOLDS(offsetof(siginfo_t, si_code), 8);
HOLDS(sizeof(sigset_t), 4);
HOLDS(sizeof(struct rlimit), 16);
HOLDS(sizeof(struct rusage), 144);
HOLDS(offsetof(struct rusage, ru_maxrss), 32);
HOLDS(sizeof(struct stat), 144);
HOLDS(sizeof(struct xucred), 76);
HOLDS(XUCRED_VERSION, 0);
HOLDS(offsetof(struct sockaddr_un, sun_path), 2);
HOLDS(sizeof(((struct sockaddr_un *)0)->sun_path), 104);
HOLDS(sizeof(struct pollfd), 8);
HOLDS(sizeof(nfds_t), 4);
HOLDS(POLLIN, 1);
HOLDS(PROC_PIDTBSDINFO, 3);
HOLDS(PROC_PIDTASKINFO, 4);
HOLDS(sizeof(struct proc_bsdinfo), 136);
HOLDS(offsetof(struct proc_bsdinfo, pbi_start_tvsec), 120);
HOLDS(offsetof(struct proc_bsdinfo, pbi_start_tvusec), 128);
HOLDS(sizeof(struct proc_taskinfo), 96);
HOLDS(offsetof(struct proc_taskinfo, pti_resident_size), 8);
HOLDS(offsetof(struct proc_taskinfo, pti_total_user), 16);
HOLDS(offsetof(struct proc_taskinfo, pti_total_system), 24);
HOLDS(sizeof(struct passwd), 72);
HOLDS(offsetof(struct passwd, pw_uid), 16);
HOLDS(offsetof(struct passwd, pw_gid), 20);
HOLDS(offsetof(struct passwd, pw_shell), 56);
HOLDS(sizeof(struct group), 32);
HOLDS(offsetof(struct group, gr_gid), 16);
HOLDS(F_FULLFSYNC, 51);
HOLDS(F_PUNCHHOLE, 99);
HOLDS(LOCK_EX, 2);
HOLDS(LOCK_NB, 4);
HOLDS(P_ALL, 0);
HOLDS(P_PID, 1);
HOLDS(P_PGID, 2);
HOLDS(WNOHANG, 1);
HOLDS(WEXITED, 4);
HOLDS(CLD_EXITED, 1);
HOLDS(CLD_KILLED, 2);
HOLDS(CLD_DUMPED, 3);
HOLDS(sizeof(mode_t), 2);
HOLDS(sizeof(pid_t), 4);
HOLDS(sizeof(uid_t), 4);
HOLDS(sizeof(off_t), 8);

#elif defined(__linux__) && defined(__x86_64__)


HOLDS(POSIX_SPAWN_SETSID, 128); /* SpawnSetSid */
HOLDS(O_NOFOLLOW, 131072); /* OpenNoFollow */
HOLDS(O_NONBLOCK, 2048); /* OpenNonBlock */
HOLDS(O_APPEND, 1024); /* OpenAppend */
HOLDS(O_CLOEXEC, 524288); /* OpenCloseOnExec */
HOLDS(O_DIRECT, 16384); /* OpenDirect */
HOLDS(O_DIRECTORY, 65536); /* OpenDirectory */
HOLDS(FIOCLEX, 21585); /* CloseOnExec */
HOLDS(FIONCLEX, 21584); /* KeepOnExec */
HOLDS(O_NONBLOCK, 2048); /* NotBlocking */
HOLDS((SOCK_CLOEXEC | SOCK_NONBLOCK), 526336); /* SocketTypeFlags */
HOLDS(AF_INET6, 10); /* AddressInternet6 */
HOLDS(offsetof(struct sockaddr_in, sin_family), 0); /* AddressHasLength */
HOLDS(SOL_SOCKET, 1); /* SocketOptions */
HOLDS(SO_ERROR, 4); /* SocketError */
HOLDS(EAGAIN, 11); /* TryAgain */
HOLDS(EINPROGRESS, 115); /* InProgress */
HOLDS(ECONNREFUSED, 111); /* Refused */
HOLDS(ECONNRESET, 104); /* Reset */
HOLDS(ENOBUFS, 105); /* NoBuffers */
HOLDS(EADDRNOTAVAIL, 99); /* NoAddress */
HOLDS(ENOTCONN, 107); /* NotConnected */
HOLDS(WNOWAIT, 16777216); /* WaitNoReap */
HOLDS(SIG_SETMASK, 2); /* SetMask */
HOLDS(offsetof(siginfo_t, si_pid), 16); /* SigInfoPidOffset */
HOLDS(SOL_SOCKET, 1); /* SocketLevel */
HOLDS(SO_PEERCRED, 17); /* PeerCredentials */
HOLDS(offsetof(struct ucred, uid), 4); /* PeerUidOffset */
HOLDS(offsetof(struct ucred, gid), 8); /* PeerGroupOffset */
HOLDS(SO_PEERGROUPS, 59); /* PeerGroups */
HOLDS(offsetof(struct stat, st_uid), 28); /* StatUidOffset */
HOLDS(offsetof(struct stat, st_mode), 24); /* StatModeOffset */
HOLDS(offsetof(struct stat, st_size), 48); /* StatSizeOffset */
HOLDS(offsetof(struct stat, st_ino), 8); /* StatInodeOffset */
HOLDS(SEEK_DATA, 3); /* SeekData */
HOLDS(offsetof(struct passwd, pw_dir), 32); /* UserHomeOffset */
HOLDS(RLIM_INFINITY, 18446744073709551615ULL); /* Unlimited */
HOLDS(RLIMIT_CPU, 0);
HOLDS(RLIMIT_FSIZE, 1);
HOLDS(RLIMIT_DATA, 2);
HOLDS(RLIMIT_STACK, 3);
HOLDS(RLIMIT_CORE, 4);
HOLDS(RLIMIT_RSS, 5);
HOLDS(RLIMIT_NPROC, 6);
HOLDS(RLIMIT_NOFILE, 7);
HOLDS(RLIMIT_MEMLOCK, 8);
HOLDS(RLIMIT_AS, 9);
HOLDS(RLIMIT_LOCKS, 10);
HOLDS(RLIMIT_SIGPENDING, 11);
HOLDS(RLIMIT_MSGQUEUE, 12);
HOLDS(RLIMIT_NICE, 13);
HOLDS(RLIMIT_RTPRIO, 14);
HOLDS(RLIMIT_RTTIME, 15);
HOLDS(SIGHUP, 1);
HOLDS(SIGINT, 2);
HOLDS(SIGQUIT, 3);
HOLDS(SIGILL, 4);
HOLDS(SIGTRAP, 5);
HOLDS(SIGABRT, 6);
HOLDS(SIGFPE, 8);
HOLDS(SIGKILL, 9);
HOLDS(SIGSEGV, 11);
HOLDS(SIGPIPE, 13);
HOLDS(SIGALRM, 14);
HOLDS(SIGTERM, 15);
HOLDS(SIGXCPU, 24);
HOLDS(SIGXFSZ, 25);
HOLDS(SIGVTALRM, 26);
HOLDS(SIGPROF, 27);
HOLDS(SIGWINCH, 28);
HOLDS(SIGBUS, 7);
HOLDS(SIGUSR1, 10);
HOLDS(SIGUSR2, 12);
HOLDS(SIGCHLD, 17);
HOLDS(SIGCONT, 18);
HOLDS(SIGSTOP, 19);
HOLDS(SIGTSTP, 20);
HOLDS(SIGTTIN, 21);
HOLDS(SIGTTOU, 22);
HOLDS(SIGSYS, 31);

#else
#error there is no column for this system
#endif

#ifdef BROKEN
HOLDS(EAGAIN, 0); /* to see that a mistake is seen */
#endif

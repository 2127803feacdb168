/* Which functions of a program are called at all, in the order of their first calls. Linux on x86-64.
 *
 * Usage: calls SYMBOLS PROGRAM [ARGUMENT...]     prints a name a line
 *
 * SYMBOLS holds a line "address name" for each function, by address, in hexadecimal, as in the file. At each function's
 * first byte stands a breakpoint until it is called; so all threads are seen, and nothing is slow but the first calls.
 */
#define _GNU_SOURCE
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

static const unsigned char breakpoint = 0xCC;
static struct function { unsigned long address; char *name; unsigned char first, called; } *functions;
static size_t count;
static pid_t program;

static void forward(int signal) { kill(program, signal); }

static int by_address(const void *a, const void *b) {
    unsigned long x = ((const struct function *)a)->address, y = ((const struct function *)b)->address;
    return x < y ? -1 : x > y;
}

static void read_symbols(const char *path) {
    FILE *file = fopen(path, "r");
    unsigned long address;
    char *name;
    if (!file) { perror(path); exit(1); }
    while (fscanf(file, "%lx %ms", &address, &name) == 2) {
        functions = realloc(functions, (count + 1) * sizeof *functions);
        functions[count++] = (struct function){ .address = address, .name = name };
    }
    fclose(file);
}

/* How far from the addresses in its file the program stands in memory: nowhere else, unless it is position independent. */
static unsigned long base_of(pid_t pid) {
    char path[32];
    unsigned long base = 0;
    unsigned short type = 0;
    snprintf(path, sizeof path, "/proc/%d/exe", pid);
    int file = open(path, O_RDONLY);
    if (file < 0 || pread(file, &type, sizeof type, offsetof(Elf64_Ehdr, e_type)) != sizeof type) { perror(path); exit(1); }
    close(file);
    if (type == ET_EXEC) return 0;
    snprintf(path, sizeof path, "/proc/%d/maps", pid);
    FILE *maps = fopen(path, "r");
    if (!maps || fscanf(maps, "%lx", &base) != 1) { perror(path); exit(1); }
    fclose(maps);
    return base;
}

/* A thread that runs into a breakpoint goes back to where that stood; if another was there before it, only that. */
static void on_breakpoint(pid_t thread, unsigned long base, int memory) {
    struct user_regs_struct registers;
    ptrace(PTRACE_GETREGS, thread, 0, &registers);
    struct function key = { .address = registers.rip - 1 - base };
    struct function *found = bsearch(&key, functions, count, sizeof *functions, by_address);
    if (!found) return;
    if (!found->called) {
        found->called = 1;
        puts(found->name);
        pwrite(memory, &found->first, 1, base + found->address);
    }
    registers.rip--;
    ptrace(PTRACE_SETREGS, thread, 0, &registers);
}

int main(int argc, char **argv) {
    if (argc < 3) { fprintf(stderr, "usage: calls SYMBOLS PROGRAM [ARGUMENT...]\n"); return 2; }
    read_symbols(argv[1]);
    if (!(program = fork())) {
        ptrace(PTRACE_TRACEME, 0, 0, 0);
        execv(argv[2], argv + 2);
        _exit(127);
    }
    int status;
    waitpid(program, &status, 0);
    ptrace(PTRACE_SETOPTIONS, program, 0, PTRACE_O_TRACECLONE | PTRACE_O_EXITKILL);
    signal(SIGTERM, forward);

    char path[32];
    snprintf(path, sizeof path, "/proc/%d/mem", program);
    int memory = open(path, O_RDWR);
    unsigned long base = base_of(program);
    for (size_t i = 0; i < count; i++) {
        pread(memory, &functions[i].first, 1, base + functions[i].address);
        pwrite(memory, &breakpoint, 1, base + functions[i].address);
    }
    ptrace(PTRACE_CONT, program, 0, 0);

    for (pid_t thread; (thread = waitpid(-1, &status, __WALL)) > 0 || errno == EINTR;) {
        if (thread < 0) continue;
        if (WIFEXITED(status) || WIFSIGNALED(status)) {
            if (thread == program) break;
            continue;
        }
        int signal = WSTOPSIG(status);
        if (signal == SIGTRAP && status >> 16 == 0) on_breakpoint(thread, base, memory);
        /* SIGTRAP is ours; SIGSTOP is how a new thread begins. */
        ptrace(PTRACE_CONT, thread, 0, signal == SIGTRAP || signal == SIGSTOP ? 0 : signal);
    }
    return 0;
}

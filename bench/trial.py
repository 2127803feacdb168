"""One supervisor that runs one work, and what can be read of it from outside."""
import contextlib, fcntl, os, pathlib, select, signal, subprocess, time

import peers

STUBBORN = 10          # of the services, from 100 services on
SETTLE = 3             # seconds between the last start and the first look
PATIENCE = 60          # seconds that all services may take to start, or to stop


class Late(Exception):
    """Something did not come about in its time."""


class Witness:
    """Hears what the workloads say. They read the clock themselves; all times are in nanoseconds of the monotonic clock."""

    def __init__(self, path):
        os.mkfifo(path)
        self.fifo = os.open(path, os.O_RDWR | os.O_NONBLOCK)
        fcntl.fcntl(self.fifo, fcntl.F_SETPIPE_SZ, 1 << 20)
        self.poll = select.poll()
        self.poll.register(self.fifo, select.POLLIN)
        self.pids, self.last = {}, {}

    def hear(self, timeout):
        """Takes in what was said; waits for it, if nothing was, no longer than the timeout (in seconds)."""
        if not self.poll.poll(timeout * 1000):
            return
        for line in os.read(self.fifo, 1 << 20).decode().splitlines():
            what, service, pid, at = line.split()
            self.last[what, int(service)] = int(at)
            if what == "B":
                self.pids[int(service)] = int(pid)

    def await_silence(self, seconds):
        """Until nothing was said for so long."""
        while self.poll.poll(seconds * 1000):
            self.hear(0)

    def silent(self, what, services, since):
        """Those that have not said this since then."""
        return {service for service in services if self.last.get((what, service), 0) < since}

    def expect(self, what, services, since, timeout, nap=0.0):
        """When the last of these services said this. The nap keeps a crowd from waking us once for each of them."""
        deadline = time.monotonic() + timeout
        while missing := self.silent(what, services, since):
            if time.monotonic() > deadline:
                done = {"B": "started", "T": "been asked to end", "H": "answered a check"}[what]
                raise Late(f"{len(missing)} of {len(services)} had not {done} after {timeout} s")
            self.hear(0.5)
            time.sleep(nap)
        return max(self.last[what, service] for service in services)

    def close(self):
        os.close(self.fifo)


class Trial:
    """One supervisor that runs one work, for the length of a with block."""

    def __init__(self, peer, folder, tools, count, probed=False, loaded=False, first_port=20000, settle=SETTLE):
        self.folder, self.tools, self.count, self.probed, self.loaded, self.settle = folder, tools, count, probed, loaded, settle
        self.witness = Witness(f"{folder}.fifo")
        work = peers.Work(tools["workload"], f"{folder}.fifo", count, probed, STUBBORN if count >= 100 else 0, first_port)
        self.supervisor = peer(folder, work)
        self.case = f"{count}{' probed' if probed else ''}{', loaded' if loaded else ''}"

    def __enter__(self):
        if self.loaded:
            keep_busy()
        self.supervisor.configure()
        self.start_endpoints()
        begin = time.monotonic_ns()
        self.supervisor.start()
        self.started_in = (self.witness.expect("B", range(self.count), begin, PATIENCE, nap=0.005) - begin) / 1e9
        if self.probed:
            self.witness.expect("H", range(self.count), begin, PATIENCE, nap=0.005)
        time.sleep(self.settle)
        return self

    def __exit__(self, *_):
        kill_everything()
        self.witness.close()

    def start_endpoints(self):
        """What answers the checks of many services is one process, and not the supervisor's."""
        work = self.supervisor.work
        if work.probed and not work.own_ports:
            command = [self.tools["endpoints"], work.fifo, str(work.first_port), str(work.count)]
            endpoints = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)
            endpoints.stdout.readline()
            endpoints.stdout.close()

    def kill(self, service):
        """SIGKILL. How long until the workload's next process says that it lives."""
        # s6 and runit hold back a service that dies within a second of its start
        time.sleep(max(0, 1.2 - (time.monotonic_ns() - self.witness.last["B", service]) / 1e9))
        begin = time.monotonic_ns()
        os.kill(self.witness.pids[service], signal.SIGKILL)
        return (self.witness.expect("B", [service], begin, 20) - begin) / 1e6

    def seconds_to_stop(self):
        gone = select.poll()
        left = {os.pidfd_open(pid) for pid in [*self.witness.pids.values(), *self.supervisor.processes()]}
        for descriptor in left:
            gone.register(descriptor, select.POLLIN)
        begin = time.monotonic()
        self.supervisor.stop(PATIENCE)
        while left:
            ended = [descriptor for descriptor, _ in gone.poll(max(0, begin + PATIENCE - time.monotonic()) * 1000)]
            if not ended:
                raise Late(f"{len(left)} processes were left after {PATIENCE} s")
            for descriptor in ended:
                gone.unregister(descriptor)
                left.remove(descriptor)
                os.close(descriptor)
        return time.monotonic() - begin


def keep_busy():
    """Loads the machine: a process on each core that always wants it. Each in a session of its own, as a service would be."""
    for core in os.sched_getaffinity(0):
        if os.fork() == 0:
            os.setsid()
            os.sched_setaffinity(0, {core})
            while True:
                pass


def kill_everything():
    """Ends all other processes of the process namespace but its first, and reaps the children among them."""
    while len(peers.processes()) > 2:
        with contextlib.suppress(ProcessLookupError, ChildProcessError):
            os.kill(-1, signal.SIGKILL)
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass


def processor_time(pids):
    """User and system, of all threads, those that have ended too, in nanoseconds: the clock of clock_getcpuclockid(3)."""
    return sum(time.clock_gettime_ns((~pid << 3) | 2) for pid in pids)


def memory_of(pids, field):
    """In MB, of smaps_rollup. Pss: what processes share counts in parts. Anonymous: what no file holds, so nobody shares."""
    total = 0
    for pid in pids:
        with open(f"/proc/{pid}/smaps_rollup") as file:
            total += next(int(line.split()[1]) for line in file if line.startswith(field + ":"))
    return total / 1024


def threads_of(pids):
    return sum(len(os.listdir(f"/proc/{pid}/task")) for pid in pids)


def wake_ups(pids):
    total = 0
    for pid in pids:
        for thread in os.listdir(f"/proc/{pid}/task"):
            with contextlib.suppress(FileNotFoundError), open(f"/proc/{pid}/task/{thread}/status") as file:  # it may have ended
                total += next(int(line.split()[1]) for line in file if line.startswith("voluntary_ctxt_switches"))
    return total


def accepted_connections():
    """Of this network namespace, so by the workloads alone."""
    names, values = [line.split() for line in pathlib.Path("/proc/net/snmp").read_text().splitlines() if line.startswith("Tcp:")]
    return int(values[names.index("PassiveOpens")])


def milliseconds(command, folder, environment):
    """How long a command takes, from before it is made until it has ended. Its output is thrown away."""
    quiet = [(os.POSIX_SPAWN_OPEN, descriptor, os.devnull, os.O_RDWR, 0) for descriptor in range(3)]
    os.chdir(folder)
    begin = time.monotonic_ns()
    os.waitpid(os.posix_spawnp(command[0], command, environment, file_actions=quiet), 0)
    return (time.monotonic_ns() - begin) / 1e6

"""The supervisors that bench/compare compares, each configured as its documentation recommends.

All have the same few methods: configure, start, processes, status, restart (after a kill -9), stop. What they are given is the same
too: `Work`. Where a delay before a restart can be chosen, it is the shortest; the grace before SIGKILL is two seconds.
"""
import dataclasses, json, os, pathlib, re, shutil, signal, subprocess, sys, time

GRACE = 2  # seconds between SIGTERM and SIGKILL
CACHE = pathlib.Path(os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache") / "supervisor-bench"


@dataclasses.dataclass(frozen=True)
class Work:
    """N services that run the workload; some ignore SIGTERM; with health checks each has a port, where it answers itself if they
    are few, and else one process answers for all."""
    workload: str
    fifo: str
    count: int
    probed: bool = False
    stubborn: int = 0
    first_port: int = 20000  # below those that the kernel gives to outgoing connections

    @property
    def own_ports(self):
        return self.probed and self.count <= 3

    def port(self, service):
        return self.first_port + service

    def command(self, service):
        port = self.port(service) if self.own_ports else 0
        return [self.workload, self.fifo, str(service), str(port)] + ["stubborn"] * (service < self.stubborn)


def run(command, **options):
    """Runs a command that a user would type, to its end and without its output."""
    return subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **options)


def output(command):
    """What a command prints, on either stream; nothing if it is not there."""
    try:
        return subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True).stdout.strip()
    except FileNotFoundError:
        return ""


def processes():
    """The processes of this process namespace but those that have ended and were not reaped: pid -> (parent, program)."""
    table = {}
    for entry in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{entry}/stat") as file:
                parent = int(file.read().rsplit(")", 1)[1].split()[1])
            table[int(entry)] = parent, os.readlink(f"/proc/{entry}/exe")
        except OSError:
            pass  # it has ended, or is the kernel's
    return table


class Supervisor:
    name = package = ""
    probes = False       # has health checks over HTTP
    most = 100_000       # as many services as it takes
    found_running = False  # it does not start its services itself
    only = None          # the questions that make sense for it; None for all
    one_file = False     # the program is this one file, and what the system brings
    files = []           # what runs as long as it does; its program, if none are named
    environment = {}

    def __init__(self, folder, work):
        self.folder, self.work, self.process = pathlib.Path(folder), work, None
        self.folder.mkdir(parents=True)

    @classmethod
    def version(cls):
        return output(["dpkg-query", "-W", "-f", "${Version}", cls.package])

    @classmethod
    def present(cls):
        return shutil.which(cls.program) is not None

    def write(self, name, text, mode=0o644):
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        path.chmod(mode)
        return str(path)

    def begin(self, *command):
        self.process = subprocess.Popen(command, cwd=self.folder, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                        stderr=subprocess.DEVNULL, env={**os.environ, **self.environment})

    def run(self, *command):
        run(command, cwd=self.folder, env={**os.environ, **self.environment})

    def root(self):
        """The process that whoever guards this supervisor has to guard."""
        return self.process.pid

    def processes(self):
        """All of the supervisor's processes: its root and what descends from it and is no work."""
        table, mine = processes(), [self.root()]
        for pid in mine:
            mine += [child for child, (parent, program) in table.items() if parent == pid and program != self.work.workload]
        return [pid for pid in mine if pid in table]

    def restart(self):
        """Starts it anew after it was killed."""
        self.start()


class Ours(Supervisor):
    name, probes, one_file = "supervisor", True, True
    program = ""  # bench/compare --binary

    @classmethod
    def version(cls):
        return output([cls.program, "--version"]).split()[-1]

    def configure(self):
        services = {f"s{i}": {"cmd": self.work.command(i), **({"health_url": f"http://127.0.0.1:{self.work.port(i)}/health"} if self.work.probed else {})}
                    for i in range(self.work.count)}
        self.write("supervisor.json", json.dumps({"services": services, "defaults": {
            "backoff_initial": 0, "health_interval": "1s", "stop_timeout": GRACE}}))

    def start(self):
        self.begin(self.program)

    def status(self):
        return [self.program, "status"]

    def stop(self, patience):
        self.run(self.program, "down")


class Floor(Supervisor):
    """Not a supervisor: floor.c, what the kernel alone costs."""
    name, program, options = "floor", "", []

    @classmethod
    def version(cls):
        return " ".join(["bench/floor.c", *cls.options])

    def configure(self):
        pass

    def start(self):
        first_port = self.work.port(0) if self.work.own_ports else 0
        self.begin(Floor.program, str(self.work.count), str(first_port), str(self.work.stubborn), self.work.workload, self.work.fifo, *self.options)

    def status(self):
        return None

    def stop(self, patience):
        self.process.send_signal(signal.SIGTERM)


class FloorOfSessions(Floor):
    """With a session for each child, which on a busy machine costs a wait for the processor where the kernel shares that out by session."""
    name, options = "floor-session", ["session"]


class CheckFloor(Floor):
    """Not a supervisor either: check_floor.c, what health checks alone cost. The floor starts what it asks."""
    name, probes, only = "check-floor", True, ["check"]
    program, grid = "", []

    @classmethod
    def version(cls):
        return " ".join(["bench/check_floor.c", *cls.grid])

    def start(self):
        super().start()
        self.begin(CheckFloor.program, str(self.work.count), str(self.work.port(0)), *self.grid)


class CheckFloorOnGrid(CheckFloor):
    """With all deadlines rounded up to 10 ms."""
    name, grid = "check-floor-10ms", ["10"]


class Hello:
    """Not a supervisor, but hello.cs: the least that a command in native C# takes."""
    name, program = "hello-world", ""
    source, built = pathlib.Path(__file__).resolve().parent / "hello.cs", CACHE / "hello/hello"

    @classmethod
    def version(cls):
        return "bench/hello.cs"

    @classmethod
    def build(cls):
        if not cls.built.exists() or cls.built.stat().st_mtime < cls.source.stat().st_mtime:
            subprocess.run(["dotnet", "publish", cls.source, "-o", cls.built.parent, "-v", "quiet"], stdout=sys.stderr)


class Dinit(Supervisor):
    name = program = "dinit"
    one_file, package = True, None  # not in Debian 12

    @classmethod
    def version(cls):
        return output(["dinit", "--version"]).split("\n")[0].removeprefix("Dinit version ").rstrip(".") + " (not in Debian)"

    def configure(self):
        for i in range(self.work.count):
            self.write(f"dinit.d/s{i}", f"type = process\ncommand = {' '.join(self.work.command(i))}\nlogfile = {self.folder}/s{i}.log\n"
                       f"smooth-recovery = true\nrestart = true\nrestart-delay = 0\nrestart-limit-count = 0\nstop-timeout = {GRACE}\n")
        self.write("dinit.d/boot", "type = internal\n" + "".join(f"waits-for = s{i}\n" for i in range(self.work.count)))

    def start(self):
        self.begin("dinit", "--user", "--quiet", "--services-dir", "dinit.d", "--socket-path", "socket")

    def status(self):
        return ["dinitctl", "--socket-path", "socket", "list"]

    def stop(self, patience):
        self.run("dinitctl", "--socket-path", "socket", "shutdown")


class Supervisord(Supervisor):
    name, program, package = "supervisord", "supervisord", "supervisor"
    files = ["/usr/bin/python3"]

    def configure(self):
        socket = f"unix://{self.folder}/socket"
        self.write("supervisord.conf", f"[unix_http_server]\nfile={self.folder}/socket\n"
                   f"[supervisord]\nnodaemon=true\nlogfile=supervisord.log\npidfile=pid\nchildlogdir={self.folder}\n"
                   "minfds=16384\nminprocs=4096\n"
                   "[rpcinterface:supervisor]\nsupervisor.rpcinterface_factory=supervisor.rpcinterface:make_main_rpcinterface\n"
                   f"[supervisorctl]\nserverurl={socket}\n" +
                   "".join(f"[program:s{i}]\ncommand={' '.join(self.work.command(i))}\nautorestart=true\nstopwaitsecs={GRACE}\n"
                           for i in range(self.work.count)))

    def start(self):
        self.begin("supervisord", "-c", "supervisord.conf")

    def status(self):
        return ["supervisorctl", "-c", "supervisord.conf", "status"]

    def stop(self, patience):
        self.run("supervisorctl", "-c", "supervisord.conf", "shutdown")


class Runit(Supervisor):
    name, program, package = "runit", "runsvdir", "runit"
    files = ["runsvdir", "runsv"]
    most = 1000

    def configure(self):
        for i in range(self.work.count):
            self.write(f"services/s{i}/run", f"#!/bin/sh\nexec {' '.join(self.work.command(i))}\n", 0o755)

    def start(self):
        self.begin("runsvdir", "-P", "services")

    def services(self):
        return [f"{self.folder}/services/s{i}" for i in range(self.work.count)]

    def status(self):
        return ["sv", "status", *self.services()]

    def stop(self, patience):
        self.run("sv", "-w", str(GRACE), "force-stop", *self.services())
        self.process.send_signal(signal.SIGHUP)


class S6(Supervisor):
    name, program, package = "s6", "s6-svscan", "s6"
    files = ["s6-svscan", "s6-supervise"]

    def configure(self):
        for i in range(self.work.count):
            self.write(f"services/s{i}/run", f"#!/bin/sh\nexec {' '.join(self.work.command(i))}\n", 0o755)
            self.write(f"services/s{i}/timeout-kill", f"{GRACE * 1000}\n")

    def start(self):
        self.begin("s6-svscan", "-c", "2000", "services")

    def status(self):
        return ["sh", "-c", "for service in services/*; do s6-svstat $service; done"]

    def stop(self, patience):
        self.run("s6-svscanctl", "-t", "services")


class Monit(Supervisor):
    name = program = package = "monit"
    probes = one_file = True

    @property
    def found_running(self):
        return self.work.count > 100  # it starts four in a second

    def configure(self):
        text = (f"set daemon 1\nset pidfile {self.folder}/monit.pid\nset idfile {self.folder}/id\nset statefile {self.folder}/state\n"
                f"set log {self.folder}/monit.log\nset httpd unixsocket {self.folder}/socket\n    allow root:root\n")
        for i in range(self.work.count):
            text += (f'check process s{i} with pidfile {self.pidfile(i)}\n'
                     f'  start program = "{" ".join(self.start_program(i))}" with timeout {GRACE} seconds\n'
                     f'  stop program = "/sbin/start-stop-daemon --stop --retry TERM/{GRACE}/KILL/{GRACE} --pidfile {self.pidfile(i)}"\n')
            if self.work.probed:
                text += (f'  if failed host 127.0.0.1 port {self.work.port(i)} protocol http request "/health" '
                         "with timeout 1 second for 3 cycles then restart\n")
        self.write("monitrc", text, 0o600)

    def pidfile(self, service):
        return f"{self.folder}/s{service}.pid"

    def start_program(self, service):
        workload, *arguments = self.work.command(service)
        return ["/sbin/start-stop-daemon", "--start", "--background", "--make-pidfile", "--pidfile", self.pidfile(service),
                "--exec", workload, "--", *arguments]

    def start(self):
        for i in range(self.work.count if self.found_running else 0):
            run(self.start_program(i))
        self.begin("monit", "-I", "-c", "monitrc")

    def restart(self):
        self.begin("monit", "-I", "-c", "monitrc")

    def status(self):
        return ["monit", "-c", "monitrc", "summary"]

    def stop(self, patience):
        """It stops what it watches when told to, in its next cycles, and quits when told to; quitting alone stops nothing."""
        self.run("monit", "-c", "monitrc", "stop", "all")
        deadline = time.monotonic() + patience
        while time.monotonic() < deadline and any(program == self.work.workload for _, program in processes().values()):
            time.sleep(0.02)
        self.run("monit", "-c", "monitrc", "quit")


class Pm2(Supervisor):
    name, package = "PM2", None
    files = ["node"]
    program = str(CACHE / "node_modules/.bin/pm2")

    @classmethod
    def version(cls):
        return json.loads((CACHE / "node_modules/pm2/package.json").read_text())["version"] + ", Node.js " + output(["node", "--version"])

    def configure(self):
        self.environment = {"PM2_HOME": str(self.folder / "home")}
        self.write("ecosystem.config.js", "module.exports = " + json.dumps({"apps": [
            {"name": f"s{i}", "script": self.work.workload, "args": self.work.command(i)[1:], "interpreter": "none",
             "kill_timeout": GRACE * 1000}
            for i in range(self.work.count)]}))

    def start(self):
        self.run(self.program, "start", "ecosystem.config.js")

    def root(self):
        return int((self.folder / "home/pm2.pid").read_text())

    def status(self):
        return [self.program, "list"]

    def stop(self, patience):
        self.run(self.program, "kill")

    def save(self):
        self.run(self.program, "save")

    def restart(self):
        self.run(self.program, "resurrect")


ALL = [Ours, Floor, FloorOfSessions, CheckFloor, CheckFloorOnGrid, Dinit, Supervisord, Runit, S6, Monit, Pm2]


def keep_private(wanted, folder):
    """Puts copies of the programs and of their libraries in the place of the originals, in this mount namespace: what other processes
    of the machine have in memory too would count in parts, and make whoever shares it seem smaller than it is alone."""
    files = set()
    for program in {name for peer in wanted for name in peer.files or [peer.program]}:
        path = os.path.realpath(shutil.which(program) or program)
        if os.path.exists(path) and open(path, "rb").read(4) == b"\x7fELF":
            files |= {path, *(os.path.realpath(word) for word in output(["ldd", path]).split() if word.startswith("/"))}
    for number, path in enumerate(sorted(files)):
        copy = shutil.copy(path, f"{folder}/private{number}")
        subprocess.run(["mount", "--bind", copy, path], check=True)


def install(wanted):
    """Installs what is missing of the peers, and keeps Debian from starting what it installs."""
    packages = [peer.package for peer in wanted if peer.package and not peer.present()]
    if not shutil.which("gcc"):
        packages += ["gcc", "libc6-dev"]
    if Pm2 in wanted and not shutil.which("npm"):
        packages += ["npm"]
    if packages:
        policy, theirs = pathlib.Path("/usr/sbin/policy-rc.d"), True
        if not policy.exists():
            theirs = policy.write_text("#!/bin/sh\nexit 101\n") and policy.chmod(0o755)
        try:
            environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
            subprocess.run(["apt-get", "update", "-qq"], check=True, stdout=subprocess.DEVNULL)
            subprocess.run(["apt-get", "install", "-y", "-qq", *packages], check=True, stdout=subprocess.DEVNULL, env=environment)
        finally:
            if not theirs:
                policy.unlink()
    if Pm2 in wanted and not Pm2.present():
        npm = ["npm", "install", "--silent", "--no-audit", "--no-fund", "--prefix", str(CACHE), "pm2"]
        subprocess.run(npm, check=True, stdout=sys.stderr)

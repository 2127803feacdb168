"""What bench/compare measured, as a page of tables (docs/benchmarks.md) and a picture for each question (docs/benchmarks/*.svg)."""
import dataclasses, html, json, math, statistics


@dataclasses.dataclass(frozen=True)
class Column:
    """One figure of one case: what is shown of its samples, and in which unit. Less is better."""
    title: str
    figure: str
    case: str
    unit: str
    of: callable = statistics.median
    floor: str = "floor"


def p99(samples):
    return sorted(samples)[math.ceil(len(samples) * 0.99) - 1]


@dataclasses.dataclass(frozen=True)
class Comparison:
    """A figure of ours as a multiple of others': a line for each in the first table."""
    title: str
    figure: str
    case: str
    unit: str
    others: list


COMPARISONS = [
    Comparison("Memory (PSS), 3 services checked each second", "pss", "3 probed", "MB", ["monit"]),
    Comparison("Memory (PSS), 1,000 checked each second", "pss", "1000 probed", "MB", ["monit"]),
    Comparison("Memory (PSS), 3 unchecked", "pss", "3", "MB", ["dinit"]),
    Comparison("Memory (PSS), 1,000 unchecked", "pss", "1000", "MB", ["dinit"]),
    Comparison("Processor time per check, 3 a second", "check", "3 probed", "µs", ["monit", "check-floor", "check-floor-10ms"]),
    Comparison("Processor time per check, 1,000 a second", "check", "1000 probed", "µs", ["monit", "check-floor", "check-floor-10ms"]),
    Comparison("kill -9 to the next process, 100 services", "respawn", "100", "ms", ["floor", "floor-session", "dinit"]),
    Comparison("Processor time per restart, 100 services", "cost", "100", "µs", ["floor", "dinit"]),
    Comparison("Start of 3", "start", "3", "s", ["floor", "dinit"]),
    Comparison("Start of 1,000", "start", "1000", "s", ["floor", "floor-session", "dinit"]),
    Comparison("`status` of 3", "status", "3", "ms", ["hello-world", "dinit"]),
    Comparison("`status` of 1,000", "status", "1000", "ms", ["hello-world", "dinit"]),
    Comparison("Threads, 3 checked", "threads", "3 probed", "", ["monit"]),
    Comparison("Threads, 3 unchecked", "threads", "3", "", ["dinit"]),
    Comparison("Wake-ups a second, 3 checked", "wakeups", "3 probed", "", ["monit", "check-floor"]),
    Comparison("Wake-ups a second, 3 unchecked", "wakeups", "3", "", ["dinit"]),
    Comparison("Size of the program", "size", "file", "MB", ["monit", "dinit"]),
]

COMPARED = {"supervisor", *(other for comparison in COMPARISONS for other in comparison.others)}
NO_SUPERVISORS = {"floor", "floor-session", "check-floor", "check-floor-10ms", "hello-world"}
ENOUGH = 50  # samples, for the hundredth part of them to say something

COUNTS = [("3", "3"), ("1000", "1,000")]


def each(figure, unit, suffix="", counts=COUNTS):
    return [Column(f"{shown} {suffix or 'services'}", figure, f"{case}{' ' + suffix if suffix else ''}", unit) for case, shown in counts]


@dataclasses.dataclass(frozen=True)
class Question:
    name: str
    title: str
    note: str
    columns: list
    drawn: bool = True


QUESTIONS = [
    Question("memory", "Memory",
             "PSS of all the supervisor's processes. Probed: with one HTTP check per service and second. Memory that they share "
             "counts once. They share nothing with others, because each runs copies of its program and its libraries.",
             each("pss", "MB") + each("pss", "MB", "probed")),
    Question("memory", "Threads",
             "Of all the supervisor's processes.",
             each("threads", "") + each("threads", "", "probed"), drawn=False),
    Question("idle", "Processor time at idle",
             "Milliseconds per second, user and system, of all the supervisor's processes, over ten seconds in each round.",
             each("idle", "ms/s") + each("idle", "ms/s", "probed")),
    Question("idle", "Wake-ups at idle",
             "Voluntary context switches per second, of all threads of all the supervisor's processes, over the same ten seconds.",
             each("wakeups", "/s") + each("wakeups", "/s", "probed")),
    Question("idle", "A health check",
             "Over HTTP, one per service and second: how many were made in a second (counted by the system), and the supervisor's processor time "
             "for each, including everything else that it does. For 1,000 services one process answers all checks; it is "
             "not the supervisor's. A figure in brackets is a multiple of **check-floor**.",
             [Column(f"{shown} services, {title}", figure, f"{case} probed", unit, floor="check-floor")
              for case, shown in COUNTS for title, figure, unit in [("made", "checks", "/s"), ("each", "check", "µs")]], drawn=False),
    Question("respawn", "kill -9 of a service until its next process runs",
             "100 services, killed in turn. All supervisors are alive at once and take turns, one kill each; 500 kills, or as many as fit "
             "into 10 s of waiting. The measurement ends when the new process reads the clock in its `main`.",
             [Column("median", "respawn", "100", "ms"), Column("p99", "respawn", "100", "ms", p99)]),
    Question("respawn", "Processor time per restart",
             "User and system, of all the supervisor's processes, over the same kills: what it spends from one kill to the next. Not for monit, "
             "which lets other programs do it.",
             [Column("median", "cost", "100", "µs"), Column("p99", "cost", "100", "µs", p99)]),
    Question("storm", "100 of 1,000 services killed at once",
             "Until the last of them runs again.",
             each("storm", "s", counts=COUNTS[1:])),
    Question("hang", "A hang, until it is noticed and until it is healed",
             "A service keeps accepting connections but no longer answers. Three checks, a second apart, must fail. Noticed: it gets its "
             "SIGTERM. Healed: the next process has answered a check. With 3 services.",
             [Column(title, figure, "3 probed", "s")
              for title, figure in [("noticed", "noticed"), ("next process", "replaced"), ("healed", "healthy")]]),
    Question("start", "Time to start",
             "From the command until the last process runs, with all files on a tmpfs. Ten times in turn, or as often as fits into 10 s of waiting.",
             each("start", "s")),
    Question("stop", "Time to stop",
             "From the command until all processes have ended, the supervisor's too. Of 1,000 services, 10 ignore SIGTERM; the "
             "grace is two seconds. Measured in the first round only.",
             each("stop", "s")),
    Question("status", "`status`",
             "The whole command that shows the state of all services, up to 200 times. **hello-world** is a native program in C# that prints "
             "one line ([hello.cs](../bench/hello.cs)), started in turn with ours.",
             each("status", "ms")),
    Question("size", "Size of the program",
             "The size of its one file, without the system's libraries.",
             [Column("file", "size", "file", "MB")], drawn=False),
    Question("takeover", "kill -9 of the supervisor",
             "100 services; then it is started again. Lost: no process of the service lives. Doubled: two do. Orphaned: an old process lives, "
             "and when it is killed nothing is started in its place. For supervisors with several processes, also with all of them killed.",
             [Column(f"{figure}{shown}", figure, case, "") for case, shown in [("100", ""), ("100, all processes", ", all processes")]
              for figure in ("lost", "doubled", "orphaned")], drawn=False),
    Question("takeover", "kill -9 of ours until all is adopted",
             "From the start of the next one until `status` shows all services running.",
             each("adopted", "ms"), drawn=False),
]


def load(file):
    return json.loads(file.read_text())


def save(file, results):
    rounded = {**results, "figures": {figure: {case: {peer: [float(f"{value:.4g}") for value in samples] for peer, samples in peers.items()}
                                               for case, peers in cases.items()} for figure, cases in results["figures"].items()}}
    file.with_suffix(".new").write_text(json.dumps(rounded, indent=1).replace("\n     ", " ").replace("\n    ]", "]") + "\n")
    file.with_suffix(".new").rename(file)


def value(results, column, peer):
    samples = results["figures"].get(column.figure, {}).get(column.case, {}).get(peer)
    return column.of(samples) if samples else None


def number(amount):
    """Three significant digits, and no more than three after the point; none if it is a whole number."""
    if amount == round(amount):
        return f"{amount:,.0f}"
    digits = max(0, min(3, 2 - math.floor(math.log10(abs(amount)))))
    return f"{amount:,.{digits}f}"


def measured_columns(results, question):
    return [column for column in question.columns if results["figures"].get(column.figure, {}).get(column.case)]


def peers_of(results, columns):
    return [peer for peer in results["versions"] if any(value(results, column, peer) is not None for column in columns)]


def table(results, question):
    columns = measured_columns(results, question)
    lines = ["| | " + " | ".join(f"{column.title}{' (' + column.unit + ')' if column.unit else ''}" for column in columns) + " |",
             "| --- |" + " ---: |" * len(columns)]
    for peer in peers_of(results, columns):
        cells = []
        for column in columns:
            amount, floor = value(results, column, peer), value(results, column, column.floor)
            cell = "-" if amount is None else number(amount)
            if amount is not None and floor and peer != column.floor and column.figure != "checks":
                cell += f" ({number(amount / floor)}×)"
            cells.append(cell)
        lines.append(f"| {'**' + peer + '**' if peer == 'supervisor' else peer} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def compared(results):
    """The first table: ours against the others, as multiples, on an idle and on a loaded machine."""
    def cell(comparison, other, loaded, of):
        column = Column("", comparison.figure, comparison.case + (", loaded" if loaded else ""), comparison.unit, of)
        samples = results["figures"].get(column.figure, {}).get(column.case, {})
        if not samples.get("supervisor") or not samples.get(other):
            return "-"
        if of is p99 and min(len(samples["supervisor"]), len(samples[other])) < ENOUGH:
            return "-"
        ours, theirs = of(samples["supervisor"]), of(samples[other])
        return (f"**{number(ours / theirs)}×** " if theirs else "") + f"({number(ours)} : {number(theirs)})"

    lines = ["| | against | median | p99 | loaded, median | loaded, p99 |", "| --- | --- | ---: | ---: | ---: | ---: |"]
    for comparison in COMPARISONS:
        for other in comparison.others:
            cells = [cell(comparison, other, loaded, of) for loaded in (False, True) for of in (statistics.median, p99)]
            if set(cells) != {"-"}:
                unit = f" ({comparison.unit})" if comparison.unit else ""
                lines.append(f"| {comparison.title}{unit} | {other} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def losses(results):
    """Where another one is better than ours by more than a twentieth, in plain words."""
    lines = []
    for question in QUESTIONS:
        lost = []
        for column in measured_columns(results, question):
            if column.figure == "checks":
                continue  # more is better
            ours = value(results, column, "supervisor")
            others = {peer: value(results, column, peer) for peer in results["versions"] if peer not in {"supervisor", *NO_SUPERVISORS}}
            better = sorted((amount, peer) for peer, amount in others.items() if None not in (ours, amount) and amount < ours * 0.95)
            if better:
                shown = ", ".join(f"{peer} {number(amount)}" for amount, peer in better)
                lost.append(f"{column.title}: {shown}, against {number(ours)} {column.unit}".rstrip())
        if lost:
            lines.append(f"- **{question.title}**: " + "; ".join(lost) + ".")
    return "\n".join(lines) or "Nothing, in this run."


STYLE = """
  text { font: 13px system-ui, sans-serif; fill: #333 } .title { font-weight: 600; font-size: 15px } .small { font-size: 11px; fill: #777 }
  .ours, circle.ours { fill: #c2410c } text.ours { font-weight: 600 } circle { fill: #64748b } .back { fill: #fff }
  line { stroke: #ddd } .floor { stroke: #0f766e; stroke-dasharray: 4 3 }
  @media (prefers-color-scheme: dark) {
    text { fill: #ddd } .small { fill: #999 } .ours, circle.ours { fill: #fb923c } circle { fill: #94a3b8 } .back { fill: #0d1117 }
    line { stroke: #444 } .floor { stroke: #2dd4bf }
  }
"""


def picture(results, question):
    """A panel for each column: a dot for each supervisor on a logarithmic axis, the best above; the floor is a line through all."""
    left, width, row = 110, 460, 19
    parts, y = [], 52
    for column in measured_columns(results, question):
        amounts = {peer: value(results, column, peer) for peer in results["versions"]}
        amounts = dict(sorted(((peer, amount) for peer, amount in amounts.items() if amount is not None), key=lambda pair: pair[1]))
        positive = [amount for amount in amounts.values() if amount > 0] or [1]
        low, high = math.floor(math.log10(min(positive))), math.ceil(math.log10(max(positive)) + 1e-9)
        high += low == high
        x = lambda amount: left + width * ((math.log10(amount) if amount > 0 else low) - low) / (high - low)
        bottom = y + 14 + row * len(amounts)
        parts.append(f'<text x="{left}" y="{y}">{html.escape(column.title)}{" (" + column.unit + ")" if column.unit else ""}</text>')
        for power in range(low, high + 1):
            parts.append(f'<line x1="{x(10 ** power):.1f}" x2="{x(10 ** power):.1f}" y1="{y + 8}" y2="{bottom}"/>'
                         f'<text class="small" x="{x(10 ** power):.1f}" y="{bottom + 13}" text-anchor="middle">{10 ** power:,.10g}</text>')
        if floor := amounts.get(column.floor):
            parts.append(f'<line class="floor" x1="{x(floor):.1f}" x2="{x(floor):.1f}" y1="{y + 8}" y2="{bottom}"/>')
        for index, (peer, amount) in enumerate(amounts.items()):
            center, kind = y + 20 + row * index, ' class="ours"' if peer == "supervisor" else ""
            parts.append(f'<text{kind} x="{left - 12}" y="{center + 4}" text-anchor="end">{peer}</text>'
                         f'<circle{kind} cx="{x(amount):.1f}" cy="{center}" r="5"/>'
                         f'<text{kind} x="{x(amount) + 10:.1f}" y="{center + 4}">{number(amount)}</text>')
        y = bottom + 42
    title, height = html.escape(question.title.replace("`", "")), y - 20
    return (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 660 {height}" width="660" height="{height}"><style>{STYLE}</style>\n'
            f'<rect class="back" width="660" height="{height}"/><text class="title" x="14" y="24">{title}</text>\n' + "\n".join(parts) + "\n</svg>\n")


def where(machine):
    return f"{machine['date']}, Linux {machine['kernel']}, Debian {machine['system']}, {machine['cores']} cores ({machine['processor']})"


def load_averages(results):
    loads = results["machine"]["load"]
    return f"from {min(loads):.1f} to {max(loads):.1f}" if loads else "unknown"


def show(results):
    """The tables of what was measured, on stdout."""
    print(f"{where(results['machine'])}; load average {load_averages(results)}\n\n{compared(results)}")
    for question in QUESTIONS:
        if measured_columns(results, question):
            print(f"\n{question.title}\n{table(results, question)}")
    for what, why in sorted(results["failures"].items()):
        print(f"\n{what}: {why}")


def write(results, docs):
    """The page, the pictures, and the tables on stdout."""
    show(results)
    versions = "\n".join(f"| {peer} | {version or 'not measured: not there, and not in Debian'} |" for peer, version in results["versions"].items())
    parts = [f"""# Benchmarks

`bench/compare` measured everything on this page, in one run on one machine: {where(results['machine'])};
the load average, including the run itself, went {load_averages(results)}. Anyone can run it on Debian as root. It installs
the others, takes three quarters of an hour, and writes this page.

Each supervisor got the same work: N services of a static C program of a few system calls ([workload.c](../bench/workload.c)).
With checks, each of three services answers `GET /health` itself, and one process answers for 1,000
([endpoints.c](../bench/endpoints.c)). Each supervisor is configured as its documentation recommends
([peers.py](../bench/peers.py)), with the shortest delay before a restart that it allows, and all files are on a tmpfs. runit and s6
run without their loggers. monit starts and stops services with Debian's `start-stop-daemon` and looks every second. It starts four services
a second, so for 1,000 it got services that were already running.

Four of them are not supervisors. **floor** is a C program that does nothing but `posix_spawn` and `waitpid`
([floor.c](../bench/floor.c)); a figure in brackets is a multiple of it. **floor-session** is the same, but each child leads a session
of its own, as the daemons of a supervisor do. **check-floor** does nothing but health checks, with one
thread, and five system calls for each besides the wait ([check_floor.c](../bench/check_floor.c)). **check-floor-10ms** is the same with all deadlines rounded up to
10 ms, so that checks that are due together wake it once.

All figures are medians of their samples unless they say otherwise, and less is better. A dash means that it has no such thing, or that it failed
(then it says so below).

| | version |
| --- | --- |
{versions}

How fast logs are written is in [logs.md](logs.md#what-it-costs).

## Ours against others

As multiples, with the two amounts in brackets, ours : theirs. Loaded: a process keeps each core busy. p99 where there are
enough samples.

{compared(results)}

## What we lose

Others are better than ours by more than a twentieth in:

{losses(results)}
"""]
    (docs / "benchmarks").mkdir(exist_ok=True)
    for old in (docs / "benchmarks").glob("*.svg"):
        old.unlink()
    for question in QUESTIONS:
        if not measured_columns(results, question):
            continue
        parts.append(f"## {question.title}\n\n{question.note}\n\n{table(results, question)}\n")
        if question.drawn:
            name = "".join(letter if letter.isalnum() else "-" for letter in question.columns[0].figure)
            (docs / "benchmarks" / f"{name}.svg").write_text(picture(results, question))
            parts.append(f"![{question.title.replace('`', '')}](benchmarks/{name}.svg)\n")
    if results["failures"]:
        parts.append("## What did not work\n\n" + "\n".join(f"- {what}: {why}" for what, why in sorted(results["failures"].items())) + "\n")
    (docs / "benchmarks.md").write_text("\n".join(parts))

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


def p99(samples):
    return sorted(samples)[math.ceil(len(samples) * 0.99) - 1]


COUNTS = [("3", "3"), ("100", "100"), ("1000", "1,000")]


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
             "PSS of all the supervisor's processes (what processes share counts in parts), with so many services; probed: with one HTTP "
             "check per service and second.",
             each("pss", "MB") + each("pss", "MB", "probed")),
    Question("idle", "Processor time at idle",
             "Milliseconds per second, user and system, of all the supervisor's processes, over ten seconds in each round.",
             each("idle", "ms/s") + each("idle", "ms/s", "probed")),
    Question("idle", "Wake-ups at idle",
             "Voluntary context switches per second, of all threads of all the supervisor's processes, over the same ten seconds.",
             each("wakeups", "/s") + each("wakeups", "/s", "probed")),
    Question("idle", "A health check",
             "Over HTTP, one per service and second wanted: how many were made in a second (counted by the kernel), and the processor time "
             "of the supervisor for each, everything else that it does included.",
             [Column(f"{shown} services, {title}", figure, f"{case} probed", unit)
              for case, shown in COUNTS for title, figure, unit in [("made", "checks", "/s"), ("each", "check", "µs")]], drawn=False),
    Question("respawn", "kill -9 of a service until its next process runs",
             "100 services, killed in turn, all supervisors alive at once and one kill each following one another; 200 kills, or as many as "
             "10 s of waiting allow. The end is what the new process reads from the clock in its `main`.",
             [Column("median", "respawn", "100", "ms"), Column("p99", "respawn", "100", "ms", p99)]),
    Question("storm", "100 of 1,000 services killed at once",
             "Until the last of them runs again.",
             each("storm", "s", counts=COUNTS[2:])),
    Question("hang", "A hang, until it is noticed and until it is healed",
             "A service goes on accepting connections and answers no more; three checks, a second apart, have to fail. Noticed: it gets its "
             "SIGTERM. Healed: the next process has answered a check. Of 3 services.",
             [Column(title, figure, "3 probed", "s")
              for title, figure in [("noticed", "noticed"), ("next process", "replaced"), ("healed", "healthy")]]),
    Question("start", "Time to start",
             "From the command until the last process runs.",
             each("start", "s")),
    Question("stop", "Time to stop",
             "From the command until all processes have ended, the supervisor's too. Of 100 and of 1,000 services, 10 ignore SIGTERM; the "
             "grace is two seconds. In the first round alone.",
             each("stop", "s")),
    Question("status", "`status`",
             "The whole command that shows the state of all services.",
             each("status", "ms")),
    Question("takeover", "kill -9 of the supervisor",
             "100 services; then it is started again. Lost: no process of the service lives. Doubled: two do. Orphaned: an old process lives, "
             "and when it is killed nothing is started in its place. For those of several processes, also with all of them killed.",
             [Column(f"{figure}{shown}", figure, case, "") for case, shown in [("100", ""), ("100, all processes", ", all processes")]
              for figure in ("lost", "doubled", "orphaned")], drawn=False),
    Question("takeover", "kill -9 of ours until all is adopted",
             "From the start of the next one until `status` shows all services running.",
             each("adopted", "ms"), drawn=False),
]


def load(file):
    empty = {"figures": {}, "failures": {}, "measured": {}, "versions": {}}
    return {**empty, **json.loads(file.read_text())} if file.exists() else empty


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
            amount, floor = value(results, column, peer), value(results, column, "floor")
            cell = "-" if amount is None else number(amount)
            if amount is not None and floor and peer != "floor":
                cell += f" ({number(amount / floor)}×)"
            cells.append(cell)
        lines.append(f"| {'**' + peer + '**' if peer == 'supervisor' else peer} | " + " | ".join(cells) + " |")
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
            others = {peer: value(results, column, peer) for peer in results["versions"] if peer not in ("supervisor", "floor", "HttpClient")}
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
        if amounts.get("floor"):
            parts.append(f'<line class="floor" x1="{x(amounts["floor"]):.1f}" x2="{x(amounts["floor"]):.1f}" y1="{y + 8}" y2="{bottom}"/>')
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
    loads = [machine["load"] for machine in results["measured"].values()]
    return f"from {min(loads):.1f} to {max(loads):.1f}" if loads else "unknown"


def write(file, docs):
    """The page, the pictures, and the tables on stdout."""
    results = load(file)
    places = {where(machine) for machine in results["measured"].values()}
    versions = "\n".join(f"| {peer} | {version or 'not measured: not there, and not in Debian'} |" for peer, version in results["versions"].items())
    parts = [f"""# Benchmarks

`bench/compare` measured all that is here, on one machine and in interleaved rounds: {'; '.join(sorted(places))};
the load average, the work of the run itself included, went {load_averages(results)}. Anyone can run it on Debian as root: it installs
what it compares with, takes less than 25 minutes, and writes this page.

Each supervisor got the same work: N services of a static C program of a few system calls, which answers `GET /health` where it
is probed ([workload.c](../bench/workload.c)). Each is configured as its documentation recommends
([peers.py](../bench/peers.py)), with the shortest delay before a restart that it allows. runit and s6 run without their
loggers. monit starts and stops by Debian's `start-stop-daemon` and looks every second; since it starts four services a
second, it was given 1,000 that ran already. **floor** is no supervisor but a C program that does nothing except
`posix_spawn` and `waitpid` ([floor.c](../bench/floor.c)); what stands in brackets is a multiple of it. **HttpClient** is none either, but a
.NET program that makes the same health checks with the same library and does nothing else
([httpclient.cs](../bench/httpclient.cs)). All figures are
medians of their samples unless they say otherwise, and less is better. A dash: it has no such thing, or it failed (then
it says so below).

| | version |
| --- | --- |
{versions}

How fast logs are written is in [logs.md](logs.md#what-it-costs).

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
        shown = table(results, question)
        print(f"\n{question.title}\n{shown}")
        parts.append(f"## {question.title}\n\n{question.note}\n\n{shown}\n")
        if question.drawn:
            name = "".join(letter if letter.isalnum() else "-" for letter in question.columns[0].figure)
            (docs / "benchmarks" / f"{name}.svg").write_text(picture(results, question))
            parts.append(f"![{question.title.replace('`', '')}](benchmarks/{name}.svg)\n")
    if results["failures"]:
        parts.append("## What did not work\n\n" + "\n".join(f"- {what}: {why}" for what, why in sorted(results["failures"].items())) + "\n")
    (docs / "benchmarks.md").write_text("\n".join(parts))

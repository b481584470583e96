"""A run of load: a country, the conductors that join it, and what all of it comes to."""

import asyncio
import os
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import asdict
from typing import Any

from sim.clock import LiveEnvironment, PortError
from sim.faults import PartKilled
from sim.journal import Journal, Record
from sim.judgement import judged, put_down, rehearsed
from sim.live.collector import Collector
from sim.live.country import Country, country
from sim.live.faults import Breaking
from sim.live.feed import beside, broke
from sim.live.lived import Lived
from sim.live.parts import PartDied, tracebacks
from sim.live.radios import Radios
from sim.live.stamps import Stamps
from sim.live.usage import Usage, usage
from sim.load.account import account
from sim.load.doors import Doors
from sim.load.figures import Figures
from sim.load.knee import Knee
from sim.load.lines import Spoken, orders
from sim.load.welcome import Welcome, digest_of
from sim.plan import tell_plan
from sim.reading import BadFile
from sim.request import Request
from sim.sessions import call_table
from sim.verdict import Verdict
from stand_alone import listening

NEWS_S = 1.0
RATE_S = 10.0  # calls a second are counted over so long
SETTLES_S = 1.0  # when a story is over, what the parts tell of it may still be on its way
LEAVES_S_MAX = 20.0
LIVE_MAX = 2000  # calls at once: more are dropped, and counted
_PHONES = ("lean", "live")


class Run:
    """From what was asked for to the verdict. With `arrivals_only` there are no parts and no phones."""

    def __init__(self, request: Request, arrivals_only: bool, spoken: Spoken) -> None:
        """Raises BadFile, NotReady."""
        self._request, self._alone, self._say = request, arrivals_only, spoken.say
        self._resolved = request.resolved()
        others = {call.phone for call in self._resolved.calls} - set(_PHONES)
        if others:
            raise BadFile(f"{request.scenario}: load has {' and '.join(_PHONES)} phones, not {others.pop()}")
        if not self._resolved.calls:
            raise BadFile(f"{request.scenario}: has no [[calls]]: there is nothing to load with")
        self._folder = request.folder(self._resolved)
        (self._folder / "parts").mkdir()
        self._plan: Sequence[Record] = ()
        if not arrivals_only:
            self._plan = tell_plan(self._resolved, self._folder / "plan.jsonl")
        self._env = LiveEnvironment()
        self._figures, self._lived = Figures(self._resolved.unseen), Lived()
        self._knees = [Knee(spec) for spec in self._resolved.scenario.knees]
        self._over: list[tuple[float, str]] = []  # when its story was told, the call's name
        self._parts: dict[str, int] = {}
        self._used: dict[str, Usage] = {}
        self._is_ready = False

    async def lives(self) -> Verdict:
        """Until it is told to end, or standard input closes; then everything is stopped and judged."""
        env = self._env
        with Journal(lambda: env.now, env.wall, self._folder / "journal.jsonl") as journal:
            journal.on_record = self._figures.take
            self._lived.records = journal.records
            try:
                async with AsyncExitStack() as stack:
                    await self._runs(stack, journal)
            except (PartDied, PortError) as error:
                self._lived.crashed = self._lived.crashed or str(error)
        return self._judged()

    async def _runs(self, stack: AsyncExitStack, journal: Journal) -> None:
        stack.push_async_callback(self._env.close)
        stamps = Stamps()
        shared = await self._country(stack, journal, stamps)
        doors = self._doors(shared, stamps, journal)
        url = await stack.enter_async_context(
            listening(doors.application(), self._request.bound.host or "127.0.0.1", 0)
        )
        await stack.enter_async_context(beside(self._tells(journal)))
        breaking = None
        if shared is not None:
            await self._watched(stack, shared, journal)
            here = self._lived.faults_failed
            breaking = Breaking(self._env, journal, shared.parts, shared.carriers, here)
        self._ready(url, doors)
        ending: dict[str, Any] = {"reason": "interrupted"}  # unless we are told to end
        async for order in orders():
            if order["do"] == "end":
                ending = order
                break
            await self._begins(stack, journal, order, breaking)
        await self._ends(journal, ending, doors, breaking)

    async def _country(self, stack: AsyncExitStack, journal: Journal, stamps: Stamps) -> Country | None:
        if self._alone:
            return None
        resolved, env = self._resolved, self._env
        for name in (*(c.name for c in resolved.calls), *(unit.name for unit in resolved.ambulances)):
            stamps.of(name)
        collector = Collector(journal, resolved.calls, lambda: env.started_at, resolved.ambulances)
        collector.call_of_stamp = stamps.call_of
        made = country(resolved, self._folder, self._request.bound, Radios(), collector)
        return await stack.enter_async_context(made)

    def _doors(self, shared: Country | None, stamps: Stamps, journal: Journal) -> Doors:
        def take(told: dict[str, Any]) -> None:
            if "told" in told:
                self._over.append((self._env.wall(), told["told"]))
                return
            facts = told["facts"]
            who = {name: told[name] for name in ("call", "session", "actor")}
            journal.record(told["event"], **who, at_s=told["t_s"], **facts)

        ends = {row.name: row.outcome for row in call_table(self._plan)}
        welcome = Welcome(
            scenario=self._resolved.scenario,
            nation=self._resolved.nation,
            seed=self._resolved.seed,
            digest=digest_of(self._resolved),
            ends=ends,
            folder=self._folder.resolve(),
            stamp_secret=stamps.secret,
            iccs_url="" if shared is None else shared.iccs_url,
            carriers_url="" if shared is None else shared.carriers_url,
            doors=None if shared is None else shared.doors,
            host=self._request.bound.host,
        )
        clock = asyncio.get_running_loop().time
        return Doors(welcome, self._figures, clock, take, lambda why: self._breaks(why, lost=True))

    async def _watched(self, stack: AsyncExitStack, shared: Country, journal: Journal) -> None:
        async def watches(wrong: asyncio.Task[str]) -> None:
            why = await asyncio.shield(wrong)
            journal.record("part.died", at_s=max(0.0, self._env.wall()), detail=why.splitlines()[0])
            self._breaks(why)

        for watch in (*(p.died() for p in shared.parts.values()), *(broke(feed) for feed in shared.feeds)):
            task = await stack.enter_async_context(beside(watch))
            await stack.enter_async_context(beside(watches(task)))
        self._parts = {name: part.pid for name, part in shared.parts.items()}

    def _breaks(self, why: str, lost: bool = False) -> None:
        """Of a conductor that is lost the run is invalid; of a part that died it is a crash."""
        if lost:
            self._lived.workers_died.append(why)
        else:
            self._lived.crashed = self._lived.crashed or why
        self._say(broken=why)

    def _ready(self, url: str, doors: Doors) -> None:
        self._is_ready = True
        self._say(
            ready=True,
            url="ws" + url.removeprefix("http"),
            token=doors.token,
            calls=len(self._resolved.calls),
            digest=doors.welcome.digest,
            folder=str(self._folder),
            prometheus=f"{url}/metrics",
            live_max=LIVE_MAX,
        )

    async def _begins(
        self, stack: AsyncExitStack, journal: Journal, order: dict[str, Any], breaking: Breaking | None
    ) -> None:
        self._env.begin(order["t0_monotonic_s"])
        workers = order.get("workers", [])
        facts = {"farm_workers": self._request.bound.farm_workers, "workers": workers}
        journal.record("run.begun", at_s=0.0, mode="load", seed=self._resolved.seed, **facts)
        if breaking is not None:
            breaking.begin(
                fault
                for fault in self._resolved.scenario.faults
                if not (isinstance(fault, PartKilled) and fault.part == "fake_phones")  # a conductor does it
            )
        self._used = self._now_used()
        forever = self._env.event()
        await stack.enter_async_context(beside(self._env.run_live(forever)))

    async def _ends(
        self, journal: Journal, order: dict[str, Any], doors: Doors, breaking: Breaking | None
    ) -> None:
        """All conductors have left, or are lost; what is known is put down."""
        for _ in range(int(LEAVES_S_MAX / 0.1)):
            if not any(conductor.here for conductor in doors.conductors.values()):
                break
            await asyncio.sleep(0.1)
        await asyncio.sleep(SETTLES_S)
        lived, wall_s = self._lived, round(max(0.0, self._env.wall()), 3)
        for conductor in doors.conductors.values():
            if conductor.left is None:
                lived.blinded = not self._alone
            else:
                _add(lived, conductor.left)
        reason = order.get("reason")
        if reason == "interrupted":
            lived.crashed = lived.crashed or "interrupted"
        elif reason and reason not in lived.workers_died:
            lived.workers_died.append(str(reason))
        if breaking is not None and not lived.crashed:
            breaking.missed()
            await breaking.look_at_unsafe(self._resolved.scenario.faults)
        lived.lag_s_max = max(lived.lag_s_max, self._env.lag_s_max)
        for part, now in self._now_used().items():
            used = asdict(now.since(self._used.get(part, Usage())))
            journal.record("part.measured", actor=part, at_s=wall_s, wall_s=wall_s, **used)
        told = account(len(self._resolved.calls), order)
        journal.record("load.accounted", actor="lab", at_s=wall_s, **told)
        journal.record("lab.lagged", at_s=wall_s, lag_s_max=round(lived.lag_s_max, 6))
        journal.record("run.ended", at_s=wall_s)
        self._says_news(final=True)

    def _now_used(self) -> dict[str, Usage]:
        mine = {"country": usage(os.getpid(), children=False)}
        return {**{name: usage(pid) for name, pid in self._parts.items()}, **mine}

    async def _tells(self, journal: Journal) -> None:
        while True:
            await asyncio.sleep(NEWS_S)
            for found in self._says_news():
                self._looks_for_a_knee(journal, found)

    def _says_news(self, final: bool = False) -> list[dict[str, list[float]]]:
        """The calls that are over and settled, told on; their durations."""
        now, found = self._env.wall(), []
        while self._over and (final or self._over[0][0] + SETTLES_S <= now):
            found.append(self._figures.over(self._over.pop(0)[1]))
        samples, counts = self._figures.news()
        if samples or counts:
            self._say(samples=samples, counts=counts)
        return found

    def _looks_for_a_knee(self, journal: Journal, durations: dict[str, list[float]]) -> None:
        for knee in self._knees:
            beyond = knee.takes(durations)
            if beyond is not None:
                self._knees, spec, now = [], knee.spec, self._env.wall()  # one is enough
                rung = sum(r.event == "call.placed" and r.t_s > now - RATE_S for r in self._lived.records)
                why = f"{spec.metric} p{spec.quantile * 100:g} of the last {spec.sessions} is {beyond:.2f} s"
                carried: dict[str, Any] = {"calls_live": self._figures.live, "calls_per_s": rung / RATE_S}
                journal.record("load.enough", actor="lab", at_s=now, measured=beyond, why=why, **carried)
                self._say(enough=f"{why}, with {self._figures.live} calls live")
                return

    def _judged(self) -> Verdict:
        lived = self._lived
        if not any(isinstance(fault, PartKilled) for fault in self._resolved.scenario.faults):
            for part, n in tracebacks(self._folder / "parts").items():
                lived.tracebacks[part] = lived.tracebacks.get(part, 0) + n
        if self._alone:
            verdict = rehearsed(self._request, self._resolved, lived)
        else:
            verdict = judged(self._request, self._resolved, lived.records, lived, self._plan)
        put_down(verdict, self._folder)
        if not self._is_ready:
            self._say(refused=verdict.reason, exit_code=verdict.exit_code)
        self._say(verdict=verdict.as_json(), exit_code=verdict.exit_code, folder=str(self._folder))
        return verdict


def _add(lived: Lived, left: dict[str, Any]) -> None:
    """What a conductor told when it left."""
    lived.lag_s_max = max(lived.lag_s_max, left.get("lag_s_max", 0.0))
    lived.farm_lag_s_max = max(lived.farm_lag_s_max, left.get("farm_lag_s_max", 0.0))
    lived.farm_workers += left.get("farm_workers", [])
    lived.workers_died += left.get("workers_died", [])
    lived.blinded = lived.blinded or left.get("blinded", False)
    for part, n in left.get("tracebacks", {}).items():
        lived.tracebacks[part] = lived.tracebacks.get(part, 0) + n

"""What the peers that are Django apps have in common."""

from benchmarks.contenders.base import Contender
from benchmarks.processes import Child


class DjangoPeer(Contender):
    def environment(self) -> dict[str, str]:
        return {
            "DJANGO_SETTINGS_MODULE": "benchmarks.contenders.peer_settings",
            "DATABASE_URL": self.stage.database_url,
            "PEER_REDIS_URL": self.stage.redis_url,
            "PEER_URL": self.url,
        }

    def run_once(self, *arguments: str) -> None:
        """A process that does something and ends. Raises Crashed."""
        child = Child(arguments, self.environment(), log=self.log)
        try:
            child.wait(600)
        finally:
            child.stop()

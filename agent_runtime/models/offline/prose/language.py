"""What a language has to be able to say."""

from abc import ABC, abstractmethod

from agent_runtime.models.offline.prose.facts import Facts, Section


class Language(ABC):
    """Sentences for each kind of analysis."""

    def section(self, facts: Facts) -> Section:
        """What the report says about one step."""
        match facts.analysis.kind:
            case "trend":
                return self._trend(facts)
            case "top" | "bottom" if facts.ranks("name"):
                return self._ranking(facts)
            case "comparison" if facts.has("first"):
                return self._pair(facts)
            case "comparison" if facts.ranks("name"):
                return self._comparison(facts)
            case "correlation" if facts.has("pairs"):
                return self._correlation(facts)
            case "correlation":
                return self._partners(facts)
            case "outliers":
                return self._outliers(facts)
            case "missing":
                return self._missing(facts)
            case "overview":
                return self._overview(facts)
        return self._groups(facts) if facts.ranks("name") else self._number(facts)

    @abstractmethod
    def _groups(self, facts: Facts) -> Section:
        """A measure by group, with shares where they can be added up."""

    @abstractmethod
    def _ranking(self, facts: Facts) -> Section:
        """The highest or lowest groups."""

    @abstractmethod
    def _comparison(self, facts: Facts) -> Section:
        """Some groups beside each other."""

    @abstractmethod
    def _pair(self, facts: Facts) -> Section:
        """Two measures beside each other."""

    @abstractmethod
    def _trend(self, facts: Facts) -> Section:
        """A measure over time."""

    @abstractmethod
    def _number(self, facts: Facts) -> Section:
        """A measure over all rows."""

    @abstractmethod
    def _outliers(self, facts: Facts) -> Section:
        """Values far from the usual."""

    @abstractmethod
    def _correlation(self, facts: Facts) -> Section:
        """How two columns move together."""

    @abstractmethod
    def _partners(self, facts: Facts) -> Section:
        """Which columns move with one."""

    @abstractmethod
    def _missing(self, facts: Facts) -> Section:
        """Where values are missing."""

    @abstractmethod
    def _overview(self, facts: Facts) -> Section:
        """The whole file."""

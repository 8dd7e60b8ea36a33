"""The platform's building blocks: Pulumi components that are wired by bindings.

Components take frozen keyword-only Args, never read configuration, and expose what others need as
attributes. What one component offers to another is a :class:`components.binding.Binding`.
"""

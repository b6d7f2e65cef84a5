"""What the component library stands on: modules with extras, hooks, tensors with a history, creation and mathematics of tensors."""

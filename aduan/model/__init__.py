"""The trained linear model: what it looks at (`features`), how it counts (`linear`), what it says (`heads`)."""

package store

// OnlyMigrations has stores opened with the first n steps of the schema, until the
// function that it gives is called.
func OnlyMigrations(n int) (all func()) {
	whole := migrations
	migrations = migrations[:n]
	return func() { migrations = whole }
}

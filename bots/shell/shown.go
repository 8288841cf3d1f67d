package shell

// Shown returns err for a command that has put it before the user already, as
// part of a report of its own: [Report] says nothing about it and only
// returns its exit code. Of nil it returns nil.
func Shown(err error) error {
	if err == nil {
		return nil
	}
	return &shownError{err}
}

type shownError struct{ err error }

func (e *shownError) Error() string { return e.err.Error() }
func (e *shownError) Unwrap() error { return e.err }

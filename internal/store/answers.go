package store

import (
	"fmt"
	"slices"
	"strings"
)

// answered returns what a query was answered as the transaction began, which holds
// for as long as that has changed nothing: nobody else writes, or what it reads is of
// one moment.
func (t *tx) answered(query string, args []any) ([][]any, bool) {
	for _, a := range t.talk.answers {
		if a.query == query && slices.Equal(a.args, args) {
			return a.rows, true
		}
	}
	return nil, false
}

// asks forgets what was answered as the transaction began, if a query may change it.
func (t *tx) asks(query string) {
	if !strings.HasPrefix(query, "SELECT ") && !strings.HasPrefix(query, recursive) {
		t.talk.answers = nil
	}
}

// recursive begins queries that change nothing either.
const recursive = "WITH RECURSIVE "

// assign brings a row of an answer to where it is wanted.
func assign(what string, dest, row []any) error {
	if len(row) != len(dest) {
		return fmt.Errorf("%s: %d columns were answered, and %d wanted", what, len(row), len(dest))
	}
	for i, from := range row {
		switch to := dest[i].(type) {
		case *string:
			text, ok := from.(string)
			if !ok {
				return fmt.Errorf("%s: column %d is a %T, and no text", what, i, from)
			}
			*to = text
		case *int64:
			n, ok := from.(int64)
			if !ok {
				return fmt.Errorf("%s: column %d is a %T, and no whole number", what, i, from)
			}
			*to = n
		case *int:
			n, ok := from.(int64)
			if !ok {
				return fmt.Errorf("%s: column %d is a %T, and no whole number", what, i, from)
			}
			*to = int(n)
		default:
			return fmt.Errorf("%s: column %d is wanted as a %T", what, i, to)
		}
	}
	return nil
}

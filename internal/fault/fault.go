// Package fault defines the errors that people and programs outside didops
// may see.
//
// An error serves three readers. A program reads its [Code], because a code
// exists only where somebody acts differently on it. A user or a model reads
// Message and Hint, which never hold a secret, an internal detail or another
// party's unescaped text. An operator reads the wrapped Err in the log.
//
// Whatever reaches a front end without a code is an internal fault: it is
// shown as [Internal] with a reference that the log repeats.
package fault

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"regexp"
	"time"

	"didops/internal/redact"
)

// Code says what a caller can do about an error. The set is closed and part
// of the public contract.
type Code string

// The codes, each with what the caller does about it.
const (
	Invalid        Code = "invalid"         // correct the input named by Field
	Unauthorized   Code = "unauthorized"    // correct our credentials for the exchange
	Forbidden      Code = "forbidden"       // ask for a role or a higher limit
	NotFound       Code = "not_found"       // name something that exists
	Conflict       Code = "conflict"        // somebody or something else was first
	Expired        Code = "expired"         // too late: ask anew
	RateLimited    Code = "rate_limited"    // wait for RetryAfter
	Unavailable    Code = "unavailable"     // nothing was done: try later
	Refused        Code = "refused"         // the exchange said no, in the words quoted
	UnknownOutcome Code = "unknown_outcome" // never repeat: look at the order
	Internal       Code = "internal"        // report the reference
)

// Codes returns every code, in the order of their declaration.
func Codes() []Code {
	return []Code{
		Invalid, Unauthorized, Forbidden, NotFound, Conflict, Expired,
		RateLimited, Unavailable, Refused, UnknownOutcome, Internal,
	}
}

// Error is a fault with a code. Message and Hint are safe for anyone; Err is
// for logs only.
type Error struct {
	Code       Code
	Message    string        // one sentence: what is wrong
	Hint       string        // one sentence: what to do; may be empty
	Field      string        // the parameter or setting at fault; may be empty
	RetryAfter time.Duration // how long to wait; 0 when not known
	Public     string        // the message for people who are told nothing of the machine; "" = Message, without paths
	Err        error         // the cause, for logs; may be nil
}

// New returns an error with the given code and message. Messages repeat what
// callers typed; what in them can be nothing but a credential is masked.
func New(code Code, format string, args ...any) *Error {
	return &Error{Code: code, Message: redact.Message(fmt.Sprintf(format, args...))}
}

// path is a path of a file on the machine, and what stands before it.
var path = regexp.MustCompile(`(^|[\s"'“(=])(?:[A-Za-z]:)?[/\\][^\s"'”),;]*[/\\][^\s"'”),;]+`)

// Outside returns the error as people may read it who are told nothing of the
// machine that the program runs on: members of a chat, who asks whether it is
// ready. Paths and what only an operator can act upon are left out.
func (e *Error) Outside() *Error {
	c := *e
	if c.Public != "" {
		c.Message, c.Hint = c.Public, "whoever runs didops finds the reason in its log"
		return &c
	}
	c.Message, c.Hint = path.ReplaceAllString(c.Message, "$1…"), path.ReplaceAllString(c.Hint, "$1…")
	return &c
}

// WithPublic returns a copy of e with the message for people who are told
// nothing of the machine.
func (e *Error) WithPublic(message string) *Error {
	c := *e
	c.Public = message
	return &c
}

// Error returns the message followed by its cause, which makes it a text for
// logs. Front ends show Message and Hint instead.
func (e *Error) Error() string {
	if e.Err == nil {
		return e.Message
	}
	return e.Message + ": " + e.Err.Error()
}

// MarshalJSON writes the error as every front end shows it: code and message
// and, where there are any, hint, field and retry_after_seconds, rounded up.
// The cause is left out.
func (e *Error) MarshalJSON() ([]byte, error) {
	return json.Marshal(struct {
		Code       Code   `json:"code"`
		Message    string `json:"message"`
		Hint       string `json:"hint,omitempty"`
		Field      string `json:"field,omitempty"`
		RetryAfter int64  `json:"retry_after_seconds,omitempty"`
	}{e.Code, e.Message, e.Hint, e.Field, int64(math.Ceil(e.RetryAfter.Seconds()))})
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// WithHint returns a copy of e with the given hint.
func (e *Error) WithHint(format string, args ...any) *Error {
	c := *e
	c.Hint = redact.Message(fmt.Sprintf(format, args...))
	return &c
}

// Redacted returns a copy of e whose texts for anyone have gone through mask.
func (e *Error) Redacted(mask func(string) string) *Error {
	c := *e
	c.Message, c.Hint, c.Field = mask(e.Message), mask(e.Hint), mask(e.Field)
	return &c
}

// WithField returns a copy of e that names the parameter or setting at fault.
func (e *Error) WithField(field string) *Error {
	c := *e
	c.Field = redact.Message(field)
	return &c
}

// WithCause returns a copy of e that carries err for the log.
func (e *Error) WithCause(err error) *Error {
	c := *e
	c.Err = err
	return &c
}

// As returns the first fault in err's chain.
func As(err error) (*Error, bool) {
	var e *Error
	ok := errors.As(err, &e)
	return e, ok
}

// CodeOf returns the code of the first fault in err's chain, "" for nil and
// [Internal] for an error without a code.
func CodeOf(err error) Code {
	if err == nil {
		return ""
	}
	if e, ok := As(err); ok {
		return e.Code
	}
	return Internal
}

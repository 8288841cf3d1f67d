package gateway

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// The codes of Discord that tell more than the status does.
const (
	unknownChannel     = 10003
	unknownMessage     = 10008
	unknownWebhook     = 10015
	unknownInteraction = 10062
	tooManyEdits       = 30046 // of a message older than an hour
	alreadyAnswered    = 40060
	missingAccess      = 50001
	noTextChannel      = 50008 // a forum, a category
	missingPermission  = 50013
	wrongKind          = 50024 // of a channel, for what was asked
	invalidToken       = 50027 // of an interaction
	invalidForm        = 50035
	archived           = 50083 // a thread
	locked             = 160005
)

// problem is the body of an answer that is not good.
type problem struct {
	Code       int             `json:"code"`
	Message    string          `json:"message"`
	Errors     json.RawMessage `json:"errors"`
	RetryAfter float64         `json:"retry_after"` // seconds
}

// judge returns the error that an answer stands for; nil when it is good.
func (l *Link) judge(c call, r result) error {
	if r.status >= 200 && r.status < 300 {
		return nil
	}
	if r.status == 0 {
		return fmt.Errorf("%s: %w: %s", c.what, ErrUnavailable, l.clean(r.err.Error(), c.secret))
	}
	var p problem
	_ = json.Unmarshal(r.body, &p) // a proxy's page says nothing
	says := fmt.Sprintf("status %d", r.status)
	if p.Code != 0 || p.Message != "" {
		says += fmt.Sprintf(", code %d, %s", p.Code, p.Message)
	}
	if len(p.Errors) > 0 {
		says += " " + string(p.Errors)
	}
	return fmt.Errorf("%s: %w: %s", c.what, kind(c, r.status, p.Code), l.clean(says, c.secret))
}

// kind returns which of the package's errors an answer is.
func kind(c call, status, code int) error {
	switch code {
	case unknownChannel:
		return ErrNoChannel
	case unknownMessage:
		return errNoMessage
	case unknownWebhook, unknownInteraction, invalidToken:
		return ErrGone
	case alreadyAnswered:
		return ErrAcknowledged
	case missingAccess, missingPermission, noTextChannel, wrongKind, archived, locked:
		return ErrForbidden
	case invalidForm:
		return ErrInvalid
	case tooManyEdits:
		return ErrBusy
	}
	return kindOfStatus(c, status, code)
}

// kindOfStatus is kind for a code that says no more than the status; 0 for
// none, as something between answers.
func kindOfStatus(c call, status, code int) error {
	switch {
	case status == http.StatusTooManyRequests:
		return ErrBusy
	case status == http.StatusUnauthorized && c.bot:
		return ErrUnauthorized
	case status == http.StatusNotFound && code == 0:
		return errNoRoute
	case status == http.StatusNotFound, status == http.StatusUnauthorized:
		return ErrGone
	case status == http.StatusForbidden:
		return ErrForbidden
	case status >= 400 && status < 500:
		return ErrInvalid
	}
	return ErrUnavailable
}

// retryAfter is how long an answer asks to wait. Its JSON is the more exact;
// a page of Cloudflare's has only the header.
func (r result) retryAfter() time.Duration {
	var p problem
	if json.Unmarshal(r.body, &p) == nil && p.RetryAfter > 0 {
		return seconds(p.RetryAfter)
	}
	if s, err := strconv.ParseFloat(r.header.Get("Retry-After"), 64); err == nil {
		return seconds(s)
	}
	return 0
}

// seconds makes a duration of a number that a stranger wrote.
func seconds(s float64) time.Duration {
	if !(s > 0) {
		return 0
	}
	return time.Duration(min(s, 24*60*60) * float64(time.Second))
}

// clean takes tokens out of a text and keeps it to one short line.
func (l *Link) clean(text string, secrets ...string) string {
	for _, s := range append(secrets, l.c.Token) {
		if s != "" {
			text = strings.ReplaceAll(text, s, "[token]")
		}
	}
	text = strings.Join(strings.Fields(text), " ")
	if r := []rune(text); len(r) > 500 {
		text = string(r[:500]) + "…"
	}
	return text
}

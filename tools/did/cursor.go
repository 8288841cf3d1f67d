package did

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"time"

	"didops/internal/fault"
	"didops/internal/handle"
	"didops/internal/request"
)

// cursor says where a page ends. It names the search it belongs to, so that a
// cursor of another search is refused instead of answered wrongly, and
// carries a checksum against damage. It is no secret and grants nothing.
type cursor struct {
	Search  string  `json:"q"`           // digest of the search
	Reading string  `json:"r,omitempty"` // that its pages are of; see pages
	Base    sortKey `json:"b,omitzero"`  // behind which row the rows at hand were kept
	Last    sortKey `json:"l"`           // last row shown
}

const (
	checksumSize  = 6
	cursorVersion = 1 // of what a cursor says and of the order that it is in
)

// encoding has one text for every cursor.
func encoding() *base64.Encoding { return base64.RawURLEncoding.Strict() }

func (c cursor) String() string {
	body, _ := json.Marshal(c) // strings and amounts can always be written
	body = append([]byte{cursorVersion}, body...)
	sum := sha256.Sum256(body)
	return encoding().EncodeToString(append(sum[:checksumSize], body...))
}

// A cursor for models is a handle of the cursor in the store: they pay for
// every character of it twice. Its digits are few tokens, and none of them is a
// leading zero, which a client that makes a number of them would drop.
const (
	handlePrefix = "cursor-"
	handleFirst  = 100_000_000_000
	handleOwned  = "\n"      // between whose it is and the cursor
	handleTerm   = time.Hour // that it is kept after the page was shown
)

var handleForm = regexp.MustCompile(`^[1-9]\d{11}$`)

// handleOf returns the handle of a cursor as it is kept.
func handleOf(c string) string {
	sum := sha256.Sum256([]byte(c))
	return fmt.Sprint(handleFirst + binary.BigEndian.Uint64(sum[:8])%(9*handleFirst))
}

// give returns a cursor as who asks for a page is given it: models a handle,
// where the store can be reached, all others the cursor itself.
func (p *pages[T]) give(ctx context.Context, cur cursor) string {
	text := cur.String()
	if p.Handles == nil || !request.Caller(ctx).Frontend.Model() {
		return text
	}
	kept := owner(ctx) + handleOwned + text
	short := handleOf(kept)
	if _, is := p.kept.Get(kept); is {
		return short
	}
	ctx, cancel := context.WithTimeout(ctx, p.atLeast(keepWithin))
	defer cancel()
	if err := p.Handles().Keep(ctx, handlePrefix+short, []byte(kept), handleTerm); err != nil {
		return text
	}
	p.kept.Put(kept, struct{}{})
	return short
}

// take returns the cursor that somebody brings, or [fault.Invalid] where it is
// none, not known any more, another caller's or belongs to another search.
func (c Config) take(ctx context.Context, text, search string) (cursor, error) {
	if c.Handles == nil || !handleForm.MatchString(text) {
		return readCursor(text, search)
	}
	kept, err := c.Handles().Kept(ctx, handlePrefix+text)
	switch {
	case errors.Is(err, handle.ErrNone):
		return cursor{}, unknownCursor()
	case err != nil:
		return cursor{}, fault.New(fault.Unavailable, "the cursor can't be looked up at the moment").WithField("cursor").WithCause(err)
	}
	whose, whole, _ := strings.Cut(string(kept), handleOwned)
	if whose != owner(ctx) {
		return cursor{}, unknownCursor()
	}
	return readCursor(whole, search)
}

func unknownCursor() error { return badCursor("is not known, or not any more: it is kept for an hour") }

func badCursor(why string) error {
	return fault.New(fault.Invalid, "the cursor %s", why).WithField("cursor").
		WithHint("leave it out to begin with the first page")
}

// readCursor returns the cursor in text, or [fault.Invalid] where it is not
// one or belongs to another search.
func readCursor(text, search string) (cursor, error) {
	if text == "" {
		return cursor{}, nil
	}
	bad := badCursor
	data, err := encoding().DecodeString(text)
	if err != nil || len(data) <= checksumSize {
		return cursor{}, bad("is damaged")
	}
	body := data[checksumSize:]
	if sum := sha256.Sum256(body); string(sum[:checksumSize]) != string(data[:checksumSize]) {
		return cursor{}, bad("is damaged")
	}
	if body[0] != cursorVersion {
		return cursor{}, bad("was made by another version of didops")
	}
	var c cursor
	if err := json.Unmarshal(body[1:], &c); err != nil || c.Last.zero() {
		return cursor{}, bad("is damaged")
	}
	if c.Search != search {
		return cursor{}, bad("belongs to another search: filters and sort must stay as they were")
	}
	return c, nil
}

// digest names a search: its parts, each of which can be written as JSON.
func digest(parts ...any) string {
	body, _ := json.Marshal(parts) // filters hold only text, booleans and amounts
	sum := sha256.Sum256(body)
	return base64.RawURLEncoding.EncodeToString(sum[:9])
}

package did

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"

	"didops/internal/fault"
)

// cursor says where a page ends. It names the search it belongs to, so that a
// cursor of another search is refused instead of answered wrongly, and
// carries a checksum against damage. It is no secret and grants nothing.
type cursor struct {
	Search string  `json:"q"`          // digest of the search
	Base   sortKey `json:"b,omitzero"` // behind which row the rows at hand were kept
	Last   sortKey `json:"l"`          // last row shown
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

// readCursor returns the cursor in text, or [fault.Invalid] where it is not
// one or belongs to another search.
func readCursor(text, search string) (cursor, error) {
	if text == "" {
		return cursor{}, nil
	}
	bad := func(why string) error {
		return fault.New(fault.Invalid, "the cursor %s", why).WithField("cursor").
			WithHint("leave it out to begin with the first page")
	}
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

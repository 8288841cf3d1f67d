// Package risk says what an operation can do, from looking to what can't be
// undone. The level decides its path: what writes needs a person's approval.
package risk

// Level says what an operation can do. The zero Level is invalid, so that no
// operation is harmless by omission.
type Level uint8

// The risks, from harmless to irreversible.
const (
	Read    Level = iota + 1 // looks only
	Local                    // changes our own records, nothing else
	Change                   // changes what others see, reversibly
	Spend                    // costs money
	Destroy                  // can't be undone
)

// String returns the risk as the catalogue prints it.
func (r Level) String() string {
	switch r {
	case Read:
		return "read"
	case Local:
		return "record"
	case Change:
		return "change"
	case Spend:
		return "spend"
	case Destroy:
		return "destroy"
	}
	return "invalid"
}

// Writes reports whether the operation needs an approval.
func (r Level) Writes() bool { return r >= Change }

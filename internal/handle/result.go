package handle

import (
	"context"
	"errors"
	"time"
)

// ErrTooLarge is returned for a result that is larger than [MaxResult].
var ErrTooLarge = errors.New("the result is too large to be kept")

// MaxResult is the most bytes of one result that are kept.
const MaxResult = 128 << 10

// Results keeps results that are shown page by page, a materialised cursor, so
// that every process shows pages of the same one. It is implemented by
// internal/store: of one owner the latest 16 are kept and of all 256, which is
// 32 MiB at most. Safe for concurrent use, by several processes.
type Results interface {
	// KeepResult keeps a result under its id for an owner and for a time from
	// now; one that is there already is kept for that time. It fails with
	// [ErrTooLarge].
	KeepResult(ctx context.Context, id, owner string, body []byte, term time.Duration) error
	// KeptResult returns a result of the owner's, or [ErrNone].
	KeptResult(ctx context.Context, id, owner string) ([]byte, error)
}

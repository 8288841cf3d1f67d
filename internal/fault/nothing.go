package fault

import "errors"

// ErrNothingDone marks the errors of a send that prove that nothing was
// carried out: no connection was made, or the request was turned away unread.
// Such a line may be sent again; find the mark with errors.Is.
var ErrNothingDone = errors.New("nothing was done")

// ErrSold marks the refusals of a purchase which say that somebody has bought
// the number before. It says nothing of who that was.
var ErrSold = errors.New("sold before")

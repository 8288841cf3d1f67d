package fault

import "errors"

// ErrNothingDone marks the errors of a send that prove that nothing was
// carried out: no connection was made, or the request was turned away unread.
// Such a line may be sent again; find the mark with errors.Is.
var ErrNothingDone = errors.New("nothing was done")

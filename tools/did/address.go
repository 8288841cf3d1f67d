package did

import "regexp"

var numberLike = regexp.MustCompile(`^\+?\d+$`)

package phone

import "strconv"

// TimeZone returns the zone of the tz database, "Europe/Berlin", in which people with the number live, if the numbering plan
// allows just one; else "", which means that it is not known. It rests on libphonenumber's map of prefixes. A landline, and a
// number that may be one, has the zone of its area code. Mobiles and all others move, so they have the zone of their calling
// code, if that has just one. Numbers that the plans do not know have none. It allocates nothing.
//
// People take their numbers with them when they move to another area, and plans know nothing of that.
func (n Number) TimeZone() string {
	if n <= 0 || n >= 1e15 {
		return ""
	}
	var buf [maxDigits]byte
	digits := strconv.AppendInt(buf[:0], int64(n), 10)
	switch planKind(digits) {
	case kindUnknown, kindNoCountry:
		return ""
	case kindFixed, kindEither:
	default:
		_, national := splitCountry(digits)
		digits = digits[:len(digits)-len(national)]
	}
	return zoneNames[numberZones.run(digits)]
}

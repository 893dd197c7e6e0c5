package rollcall

import "time"

// MadeList tells whether the import made the list that it is for. An account's
// numbers grow, and an import is numbered before the list that it makes: a list that
// was there has the smaller number.
func (i *Import) MadeList() bool { return i.ListKey > i.Key }

// LeftNothing tells whether the import made its list and ended without a contact in
// it, not having been read to the end of its file: then the list is to go with it.
// Of a replacement, what was gathered never came into the list.
func (i *Import) LeftNothing() bool {
	return i.MadeList() && (i.State == ImportFailed || i.State == ImportCancelled) && !i.wrote() && i.Undo.State == UndoNone
}

// LeftListAt gives when the import changed its list last: what the list's UpdatedAt
// is if nobody else has changed it since.
func (i *Import) LeftListAt(l *ContactList) time.Time {
	if i.Before != nil {
		return i.Before.UpdatedAt
	}
	return l.CreatedAt // it made the list and has not begun
}

// LoseList notes that the list which the import made was removed, as LeftNothing
// has it. ListID stays, so that the import is found by whoever knew it so.
func (i *Import) LoseList(l *ContactList) {
	lost := *l
	lost.Files, lost.Columns = nil, nil
	if lost.Source == SourceLocalDrive {
		lost.Status, lost.Mapping = ListValidating, Mapping{}
	}
	if i.Before == nil {
		i.Before = &ListBefore{}
	}
	i.Before.Lost = &lost
	i.ListKey, i.ContentKey = 0, 0
	i.Failure += " The list " + l.Name + ", which it had made, was removed with it."
}

// LostList tells whether the list that the import made was removed with it.
func (i *Import) LostList() bool { return i.ListKey == 0 && i.Before != nil && i.Before.Lost != nil }

UPDATE tickets SET subject = lower(subject), body = lower(body);

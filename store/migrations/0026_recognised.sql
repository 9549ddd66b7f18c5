-- What a model of the box takes the object for, such as 'car' or 'bag'; null if it says nothing.
ALTER TABLE incident ADD COLUMN recognised text;
